/** Reads fields of a protobuf message that are all length-delimited; undefined at the first octet out of place. */
class DelimitedFields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  next(): readonly [field: number, value: Uint8Array] | undefined {
    const tag = this.#varint();
    const length = this.#varint();
    if (tag === undefined || length === undefined || (tag & 7) !== 2) return undefined;
    const end = this.#at + length;
    if (end > this.#bytes.length) return undefined;
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return [tag >>> 3, value];
  }

  #varint(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

/**
 * The map of a binary `wrappers.LabelValues`: field 1 map of string to `StringValues`, which has field 1 repeated
 * string. Undefined where the bytes are no such message.
 */
export function decodeLabelValues(bytes: Uint8Array): Record<string, string[]> | undefined {
  const entries = readAll(bytes, [1])?.map(([, entry]) => decodeEntry(entry));
  if (entries === undefined || entries.includes(undefined)) return undefined;
  return Object.fromEntries(entries.filter((entry) => entry !== undefined));
}

function decodeEntry(bytes: Uint8Array): readonly [string, string[]] | undefined {
  const fields = readAll(bytes, [1, 2]);
  const value = readAll(fields?.findLast(([field]) => field === 2)?.[1] ?? new Uint8Array(), [1]);
  if (fields === undefined || value === undefined) return undefined;
  const name = fields.findLast(([field]) => field === 1)?.[1] ?? new Uint8Array();
  return [text(name), value.map(([, one]) => text(one))];
}

function readAll(bytes: Uint8Array, known: readonly number[]): (readonly [number, Uint8Array])[] | undefined {
  const reader = new DelimitedFields(bytes);
  const fields: (readonly [number, Uint8Array])[] = [];
  while (!reader.done) {
    const field = reader.next();
    if (field === undefined || !known.includes(field[0])) return undefined;
    fields.push(field);
  }
  return fields;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
