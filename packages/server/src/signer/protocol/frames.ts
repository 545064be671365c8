/** Four octets of length, big endian, then that many octets of JSON. */
const HEADER_BYTES = 4;
/** A revocation list of the largest size, in base64. */
export const MAX_FRAME_BYTES = 48 * 1024 * 1024;

export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), "utf8");
  if (body.length > MAX_FRAME_BYTES) throw new RangeError("the message is too long for a frame");
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

/** Takes octets as they come, and hands on each message when it is whole. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onMessage: (message: unknown) => void, maxBytes = MAX_FRAME_BYTES) {
    this.#onMessage = onMessage;
    this.#maxBytes = maxBytes;
  }

  /** Frames of any size from the next one on: whoever writes them is known now. */
  trust(): void {
    this.#maxBytes = MAX_FRAME_BYTES;
  }

  /** Throws RangeError or SyntaxError for what is no frame; nothing can be read after it. */
  take(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
    for (;;) {
      const length = this.#wanted();
      if (length === undefined || this.#size < HEADER_BYTES + length) return;
      const all = this.#whole();
      const end = HEADER_BYTES + length;
      this.#parts = [all.subarray(end)];
      this.#size -= end;
      this.#onMessage(JSON.parse(all.toString("utf8", HEADER_BYTES, end)));
    }
  }

  #wanted(): number | undefined {
    if (this.#size < HEADER_BYTES) return undefined;
    const [first] = this.#parts;
    const head = first !== undefined && first.length >= HEADER_BYTES ? first : this.#whole();
    const length = head.readUInt32BE();
    if (length > this.#maxBytes) throw new RangeError("a frame is too long");
    return length;
  }

  #whole(): Buffer {
    const all = this.#parts.length === 1 && this.#parts[0] ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}
