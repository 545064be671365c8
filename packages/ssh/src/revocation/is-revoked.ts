import type { SshCertificate } from "../certificates/certificate.ts";
import type { SshPublicKey } from "../keys/public-key.ts";
import { fingerprintOf, keyText } from "./key-blob.ts";
import type { Krl } from "./krl.ts";

/** By what a list revokes a key or certificate. */
export type KrlRevocation = "key" | "fingerprint" | "serial" | "key id" | "authority";

/**
 * By what the list revokes a key or a certificate, as sshd decides it; undefined where it does not. A certificate is
 * revoked with its key, with the key of its CA (`authority`), and by its serial number or key id for that CA or for any.
 */
export function revocationOf(krl: Krl, subject: SshPublicKey | SshCertificate): KrlRevocation | undefined {
  if (!("signatureKey" in subject)) return revocationOfKey(krl, subject);
  const revocation = revocationOfKey(krl, subject.publicKey) ?? revocationOfCertificate(krl, subject);
  if (revocation !== undefined) return revocation;
  return revocationOfKey(krl, subject.signatureKey) === undefined ? undefined : "authority";
}

/** True where the list revokes the key or certificate; see `revocationOf`. */
export function isRevoked(krl: Krl, subject: SshPublicKey | SshCertificate): boolean {
  return revocationOf(krl, subject) !== undefined;
}

function revocationOfKey({ keys, fingerprints }: Krl, { blob }: SshPublicKey): KrlRevocation | undefined {
  if (keys.has(keyText(blob))) return "key";
  if (fingerprints.size === 0) return undefined;
  const isListed =
    fingerprints.has(fingerprintOf(blob, "sha256")) || fingerprints.has(fingerprintOf(blob, "sha1"));
  return isListed ? "fingerprint" : undefined;
}

function revocationOfCertificate(krl: Krl, certificate: SshCertificate): KrlRevocation | undefined {
  const { serial, keyId, signatureKey } = certificate;
  for (const { ca, serials, keyIds } of krl.certificates) {
    if (ca !== undefined && Buffer.compare(ca.blob, signatureKey.blob) !== 0) continue;
    if (serials.has(serial)) return "serial";
    if (keyIds.has(keyId)) return "key id";
  }
  return undefined;
}
