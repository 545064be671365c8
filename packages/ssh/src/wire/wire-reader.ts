import { isUtf8 } from "node:buffer";
import { SshError } from "../ssh-error.ts";

/** Largest input that a reader takes unless told otherwise: 256 KiB, which is also the largest SSH packet in use. */
export const maxWireBytes = 256 * 1024;

/** Strict reader of SSH wire data (RFC 4251 section 5) over hostile bytes: each read moves on or throws. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array, maxBytes = maxWireBytes) {
    if (bytes.length > maxBytes) throw new SshError("TOO_LARGE", `${bytes.length} bytes are too many`);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** True where nothing is left. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Octets read so far. */
  get position(): number {
    return this.#at;
  }

  /** The next `count` octets, as a view. */
  bytes(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new SshError("MALFORMED", "SSH data is cut off");
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  /** A `string`, as a view of its octets. */
  string(): Buffer {
    return this.bytes(this.uint32());
  }

  /** A `string` that must be valid UTF-8 without NUL. */
  text(): string {
    const octets = this.string();
    if (!isUtf8(octets) || octets.includes(0)) throw new SshError("MALFORMED", "SSH data has malformed text");
    return octets.toString();
  }

  /** A positive `mpint` in its minimal form, as magnitude octets without leading zeros. */
  mpint(): Buffer {
    const octets = this.string();
    const [first = 0x80, second = 0] = octets;
    if (first >= 0x80 || (first === 0 && second < 0x80)) {
      throw new SshError("MALFORMED", "SSH data has a number that is not positive or not minimal");
    }
    return first === 0 ? octets.subarray(1) : octets;
  }

  /** Throws unless everything was read. */
  end(): void {
    if (!this.done) throw new SshError("MALFORMED", "there are octets after the end of SSH data");
  }
}
