import { tag } from "./tag.ts";

/** One element: tag, minimal definite length (X.690 section 10.1), then the parts one after the other. */
export function element(tagByte: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = Buffer.allocUnsafe(length + headerSize(length));
  let at = writeHeader(out, 0, tagByte, length);
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Bytes that tag and length take for content of this length. */
export function headerSize(length: number): number {
  if (length < 0x80) return 2;
  if (length < 0x100) return 3;
  return length < 0x10000 ? 4 : 5;
}

/** Writes tag and length at `at`; returns the position of the content. Content is below 16 MiB. */
export function writeHeader(out: Uint8Array, at: number, tagByte: number, length: number): number {
  let position = at;
  out[position++] = tagByte;
  if (length >= 0x80) {
    const size = headerSize(length) - 2;
    out[position++] = 0x80 | size;
    for (let shift = (size - 1) * 8; shift > 0; shift -= 8) out[position++] = (length >>> shift) & 0xff;
  }
  out[position++] = length & 0xff;
  return position;
}

/** SEQUENCE of the parts, which are elements already. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(tag.sequence, ...parts);
}

/** SET OF: members in ascending order of their encodings (X.690 section 11.6). */
export function setOf(members: readonly Uint8Array[]): Buffer {
  const sorted = members.length > 1 ? [...members].sort(Buffer.compare) : members;
  return element(tag.set, ...sorted);
}

/** INTEGER from a non-negative number. */
export function unsignedInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  return unsignedIntegerBytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
}

/** INTEGER from big-endian magnitude bytes; leading zeros are dropped, a sign octet is added where needed. */
export function unsignedIntegerBytes(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const body = magnitude.subarray(start);
  const first = body[0];
  if (first === undefined) return element(tag.integer, Uint8Array.of(0));
  return first >= 0x80 ? element(tag.integer, Uint8Array.of(0), body) : element(tag.integer, body);
}

/** OCTET STRING around the parts. */
export function octetString(...parts: readonly Uint8Array[]): Buffer {
  return element(tag.octetString, ...parts);
}

/** BIT STRING; `unusedBits` of the last octet are not part of it. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(tag.bitString, Uint8Array.of(unusedBits), bytes);
}

/** BOOLEAN TRUE; DER never writes a default FALSE in the structures of this package. */
export const derTrue: Uint8Array = Uint8Array.of(tag.boolean, 1, 0xff);

/** NULL, the parameter of RSA algorithm identifiers. */
export const derNull: Uint8Array = Uint8Array.of(tag.null, 0);
