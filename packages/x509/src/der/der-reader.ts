import { X509Error } from "../x509-error.ts";
import { tag } from "./tag.ts";

/** One element as read: its tag, the content octets, and the whole encoding. Both are views, not copies. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly encoding: Uint8Array;
}

const maxDepth = 24;

/** Largest input that a reader takes unless told otherwise: 256 KiB. */
export const maxDerBytes = 256 * 1024;

/**
 * Strict DER reader over hostile bytes: definite, minimal lengths; single-octet tags; bounded depth and size. Each
 * read moves on or throws, so that no input loops.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #at = 0;

  constructor(bytes: Uint8Array, options: { depth?: number; maxBytes?: number } = {}) {
    this.#bytes = bytes;
    this.#depth = options.depth ?? 0;
    if (bytes.length > (options.maxBytes ?? maxDerBytes)) {
      throw new X509Error("TOO_LARGE", `the DER input of ${bytes.length} bytes is too large`);
    }
    if (this.#depth > maxDepth) throw new X509Error("MALFORMED", "the DER input is nested too deeply");
  }

  /** True where nothing is left. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag that comes next, without reading it; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** Reads the next element, which must carry `expected` where that is given. */
  read(expected?: number): DerElement {
    const start = this.#at;
    const found = this.#byte(start);
    if ((found & 0x1f) === 0x1f) throw new X509Error("UNSUPPORTED", "the DER input has a multi-octet tag");
    if (expected !== undefined && found !== expected) {
      throw malformed(`tag 0x${expected.toString(16)} was expected, 0x${found.toString(16)} found`);
    }
    const [begin, length] = this.#length(start + 1);
    const end = begin + length;
    if (end > this.#bytes.length) throw malformed("an element is longer than its container");
    this.#at = end;
    return {
      tag: found,
      content: this.#bytes.subarray(begin, end),
      encoding: this.#bytes.subarray(start, end),
    };
  }

  /** Reads the next element and a reader over its content. */
  enter(expected: number = tag.sequence): DerReader {
    return new DerReader(this.read(expected).content, { depth: this.#depth + 1 });
  }

  /** Reads the next element where it carries this tag. */
  readOptional(wanted: number): DerElement | undefined {
    return this.nextTag === wanted ? this.read(wanted) : undefined;
  }

  /** Reads a BIT STRING that ends on an octet; returns its octets. */
  readBitString(): Uint8Array {
    const { content } = this.read(tag.bitString);
    if (content[0] !== 0) throw malformed("a bit string does not end on an octet");
    return content.subarray(1);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (!this.done) throw malformed("there are octets after the last element");
  }

  #length(at: number): [begin: number, length: number] {
    const first = this.#byte(at);
    if (first < 0x80) return [at + 1, first];
    const size = first & 0x7f;
    if (size === 0 || size > 4) throw malformed("a length is indefinite or too long");
    let length = 0;
    for (let index = 1; index <= size; index++) length = length * 256 + this.#byte(at + index);
    if (length < 0x80 || length < 256 ** (size - 1)) throw malformed("a length is not minimal");
    return [at + 1 + size, length];
  }

  #byte(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw malformed("an element is cut off");
    return byte;
  }
}

function malformed(detail: string): X509Error {
  return new X509Error("MALFORMED", `the DER input is malformed: ${detail}`);
}
