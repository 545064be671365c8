import type { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import { unsignedInteger } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";

/**
 * INTEGER of a serial number to be revoked or asked for.
 *
 * @throws X509Error INVALID unless it is positive and has at most 20 octets (RFC 5280 section 4.1.2.2).
 */
export function encodeSerialNumber(serialNumber: bigint): Buffer {
  if (serialNumber <= 0n || serialNumber >= 1n << 159n) {
    throw new X509Error("INVALID", "a serial number is positive and has at most 20 octets");
  }
  return unsignedInteger(serialNumber);
}

/** Reads a serial number that is not negative, minimal and of at most 20 octets and a sign. */
export function readSerialNumber(reader: DerReader): bigint {
  const { content } = reader.read(tag.integer);
  const [first = 0x80, second = 0x80] = content;
  if (first >= 0x80 || content.length > 21 || (first === 0 && content.length > 1 && second < 0x80)) {
    throw new X509Error("MALFORMED", "a serial number is negative, too long or not minimal");
  }
  return BigInt(`0x${Buffer.from(content).toString("hex")}`);
}
