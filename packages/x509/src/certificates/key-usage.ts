import { DerReader } from "../der/der-reader.ts";
import { decodeOid, encodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { bitString, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";

/** Bits of KeyUsage in their order (RFC 5280 section 4.2.1.3). */
const bits = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsage = (typeof bits)[number];

const rsaEncryption = Buffer.from("06092a864886f70d010101", "hex");
/** The algorithm stands this near the beginning of a SubjectPublicKeyInfo, whatever the lengths are. */
const algorithmWithin = 24;

/**
 * What an end entity does with its key in TLS: sign, and with an RSA key (rsaEncryption) also take an enciphered key.
 * Other keys cannot encipher and must not say so (RFC 8813 section 3, RFC 8410 section 5).
 *
 * @param spki SubjectPublicKeyInfo, DER.
 */
export function endEntityKeyUsage(spki: Uint8Array): readonly KeyUsage[] {
  const isRsa = Buffer.from(spki.subarray(0, algorithmWithin)).includes(rsaEncryption);
  return isRsa ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"];
}

/** KeyUsage as a BIT STRING without trailing zero bits. */
export function encodeKeyUsage(usages: readonly KeyUsage[]): Buffer {
  let value = 0;
  for (const usage of usages) value |= 0x8000 >> bits.indexOf(usage);
  if (value === 0) throw new X509Error("INVALID", "a key usage is empty");
  const trailing = 31 - Math.clz32(value & -value);
  const bytes = Uint8Array.of(value >> 8, value & 0xff).subarray(0, trailing >= 8 ? 1 : 2);
  return bitString(bytes, trailing % 8);
}

/** Reads the value of a KeyUsage extension. */
export function decodeKeyUsage(der: Uint8Array): KeyUsage[] {
  const reader = new DerReader(der);
  const { content } = reader.read(tag.bitString);
  reader.end();
  if (content.length < 2 || content.length > 3) throw new X509Error("MALFORMED", "a key usage is malformed");
  const value = ((content[1] ?? 0) << 8) | (content[2] ?? 0);
  return bits.filter((_, index) => (value & (0x8000 >> index)) !== 0);
}

const purposes = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** What a key may be used for: a usual name, or any other purpose by its dotted object identifier. */
export type ExtKeyUsage = keyof typeof purposes | `${number}.${string}`;

const purposeByOid = new Map<string, ExtKeyUsage>([
  [purposes.serverAuth, "serverAuth"],
  [purposes.clientAuth, "clientAuth"],
]);

/** ExtKeyUsage (RFC 5280 section 4.2.1.12). */
export function encodeExtKeyUsage(usages: readonly ExtKeyUsage[]): Buffer {
  const oids = usages.map((one) => (one === "serverAuth" || one === "clientAuth" ? purposes[one] : one));
  return sequence(...oids.map(encodeOid));
}

/** Reads the value of an ExtKeyUsage extension. */
export function decodeExtKeyUsage(der: Uint8Array): string[] {
  const outer = new DerReader(der);
  const reader = outer.enter();
  outer.end();
  const usages: string[] = [];
  while (!reader.done) {
    const oid = decodeOid(reader.read(tag.oid).content);
    usages.push(purposeByOid.get(oid) ?? oid);
  }
  return usages;
}
