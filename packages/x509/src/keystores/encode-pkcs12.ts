import { createHash } from "node:crypto";
import { encodeOid } from "../der/oid.ts";
import { contextConstructed, contextPrimitive, tag } from "../der/tag.ts";
import { element, octetString, sequence, setOf, unsignedInteger } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { checkEntryName, checkKeyEntry, encodePassword, type KeyEntry } from "./keystore-entry.ts";
import { type Encrypted, legacyProtection, modernProtection } from "./pkcs12-protection.ts";

/** What a PKCS#12 file is to hold. */
export interface Pkcs12Template extends KeyEntry {
  /** Name of the entry, 1 to 255 printable ASCII characters; keytool calls it the alias. */
  readonly name: string;
  /** Printable ASCII, not empty: a long random one, as nothing else protects the key. */
  readonly password: string;
  /**
   * `modern`: AES-256 and SHA-256, read by OpenSSL 1.1 and Java 8u301 and later. `legacy`: triple DES and SHA-1, for
   * programs older than that. Default: `modern`.
   */
  readonly protection?: "modern" | "legacy";
}

const oid = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
  x509Certificate: "1.2.840.113549.1.9.22.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certificateBag: "1.2.840.113549.1.12.10.1.3",
} as const;

const maxCertificates = 100;

/**
 * Writes a PKCS#12 file (RFC 7292) with one private key and its certificates: resolves to its DER.
 *
 * @throws X509Error INVALID for a name or password that must not be taken, MISMATCH where the first certificate is not
 * that of the key.
 */
export async function encodePkcs12(template: Pkcs12Template): Promise<Buffer> {
  const { certificates, name, password } = template;
  const { key, certificate } = checkKeyEntry(template);
  if (certificates.length > maxCertificates)
    throw new X509Error("TOO_LARGE", "the certificate chain is too long");
  const bmpPassword = Buffer.concat([encodePassword(password), Buffer.alloc(2)]);
  const isModern = template.protection !== "legacy";
  const protection = isModern ? modernProtection(password, bmpPassword) : legacyProtection(bmpPassword);
  const attributes = encodeAttributes(name, certificate);
  const bags = certificates.map((der, index) => certificateBag(der, index === 0 ? [attributes] : []));
  const shrouded = await protection.encrypt(key);
  const safe = sequence(
    encryptedContent(await protection.encrypt(sequence(...bags))),
    dataContent(sequence(keyBag(shrouded, attributes))),
  );
  return sequence(unsignedInteger(3n), dataContent(safe), protection.seal(safe));
}

/** The key and its certificate carry the same attributes, by which programs bring them together. */
function encodeAttributes(name: string, certificate: Uint8Array): Buffer {
  const bmp = Buffer.from(checkEntryName(name), "utf16le").swap16();
  const keyId = createHash("sha1").update(certificate).digest();
  return setOf([
    sequence(encodeOid(oid.friendlyName), setOf([element(tag.bmpString, bmp)])),
    sequence(encodeOid(oid.localKeyId), setOf([octetString(keyId)])),
  ]);
}

function certificateBag(der: Uint8Array, attributes: readonly Buffer[]): Buffer {
  const value = sequence(encodeOid(oid.x509Certificate), element(contextConstructed(0), octetString(der)));
  return sequence(encodeOid(oid.certificateBag), element(contextConstructed(0), value), ...attributes);
}

function keyBag({ algorithm, octets }: Encrypted, attributes: Buffer): Buffer {
  const value = sequence(algorithm, octetString(octets));
  return sequence(encodeOid(oid.shroudedKeyBag), element(contextConstructed(0), value), attributes);
}

function dataContent(content: Uint8Array): Buffer {
  return sequence(encodeOid(oid.data), element(contextConstructed(0), octetString(content)));
}

function encryptedContent({ algorithm, octets }: Encrypted): Buffer {
  const content = sequence(encodeOid(oid.data), algorithm, element(contextPrimitive(0), octets));
  const data = sequence(unsignedInteger(0n), content);
  return sequence(encodeOid(oid.encryptedData), element(contextConstructed(0), data));
}
