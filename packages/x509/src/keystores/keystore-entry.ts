import type { KeyObject } from "node:crypto";
import { parseCertificate } from "../certificates/parse-certificate.ts";
import { exportSpki } from "../keys/public-key.ts";
import { X509Error } from "../x509-error.ts";

/** A private key with its certificate chain, for a keystore. */
export interface KeyEntry {
  readonly privateKey: KeyObject;
  /** DER of the key's own certificate, then of those that lead to its CA. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * Refuses an entry whose first certificate is not that of the key: programs that load it fail late, with words that do
 * not name the cause. Returns the PKCS#8 DER of the key and the certificate.
 *
 * @throws X509Error MISMATCH or as `parseCertificate`.
 */
export function checkKeyEntry({ privateKey, certificates }: KeyEntry): {
  key: Buffer;
  certificate: Uint8Array;
} {
  const [certificate] = certificates;
  if (certificate === undefined)
    throw new X509Error("MISMATCH", "a keystore entry needs the certificate of its key");
  const isPair =
    privateKey.type === "private" && exportSpki(privateKey).equals(parseCertificate(certificate).spki);
  if (!isPair)
    throw new X509Error("MISMATCH", "the first certificate of a keystore entry is not that of its key");
  return { key: privateKey.export({ type: "pkcs8", format: "der" }), certificate };
}

const maxPasswordChars = 1024;

/**
 * A password as UTF-16, big end first, which is how both keystores take it.
 *
 * @throws X509Error INVALID for an empty one (some programs read that as "no protection"), one that is too long and one
 * that is not printable ASCII, which programs turn into octets each in its own way.
 */
export function encodePassword(password: string): Buffer {
  if (!/^[\x20-\x7e]+$/.test(password) || password.length > maxPasswordChars) {
    throw new X509Error("INVALID", "the password of a keystore is printable ASCII and not empty");
  }
  return Buffer.from(password, "utf16le").swap16();
}

/**
 * Refuses a name of an entry that programs would show or compare in different ways.
 *
 * @throws X509Error INVALID
 */
export function checkEntryName(name: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(name)) return name;
  throw new X509Error("INVALID", `${JSON.stringify(name.slice(0, 64))} is not a name for a keystore entry`);
}
