/** Data types of the SSH wire (RFC 4251 section 5), each as its octets. */

/** `uint32`. */
export function wireUint32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value);
  return out;
}

/** `uint64`. */
export function wireUint64(value: bigint): Buffer {
  const out = Buffer.allocUnsafe(8);
  out.writeBigUInt64BE(value);
  return out;
}

/** `string` of the parts one after the other; text is written as UTF-8. */
export function wireString(...parts: readonly (Uint8Array | string)[]): Buffer {
  let length = 0;
  for (const part of parts) length += typeof part === "string" ? Buffer.byteLength(part) : part.length;
  const out = Buffer.allocUnsafe(4 + length);
  let at = out.writeUInt32BE(length);
  for (const part of parts) {
    if (typeof part === "string") at += out.write(part, at);
    else {
      out.set(part, at);
      at += part.length;
    }
  }
  return out;
}

/** `mpint` of a non-negative number from its big-endian octets. */
export function wireMpint(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const body = magnitude.subarray(start);
  const needsSign = (body[0] ?? 0) >= 0x80;
  return needsSign ? wireString(Uint8Array.of(0), body) : wireString(body);
}
