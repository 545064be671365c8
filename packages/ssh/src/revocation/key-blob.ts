import { createHash } from "node:crypto";
import { keyKindOf } from "../keys/key-kind.ts";
import { parsePublicKeyBlob } from "../keys/public-key.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";

const maxBlobBytes = 64 * 1024;

/**
 * Refuses what is no plain key. A type that this package does not know, such as DSA, passes: revoking a key asks for
 * less than trusting it. A certificate does not, since no server would ever match it (CVE-2025-49825 is its other side).
 *
 * @throws SshError MALFORMED, UNSUPPORTED or TOO_LARGE.
 */
export function checkRevocableKey(blob: Uint8Array): void {
  if (blob.length > maxBlobBytes) throw new SshError("TOO_LARGE", "a revoked key is too large");
  const reader = new WireReader(blob);
  const type = reader.text();
  if (/-cert-v\d\d@/.test(type)) {
    throw new SshError(
      "UNSUPPORTED",
      `a certificate (${type.slice(0, 64)}) is revoked by its serial number or its key`,
    );
  }
  if (!/^[!-~]{1,64}$/.test(type) || reader.done)
    throw new SshError("MALFORMED", "a revoked key is malformed");
  if (keyKindOf(type) !== undefined && !isWeakRsa(type)) parsePublicKeyBlob(blob);
}

// An RSA key too weak to be trusted is one more reason to revoke it.
function isWeakRsa(type: string): boolean {
  return type === "ssh-rsa";
}

/** Base64 of a key's wire form, as it stands in an authorized_keys line. */
export function keyText(blob: Uint8Array): string {
  return Buffer.from(blob.buffer, blob.byteOffset, blob.length).toString("base64");
}

const digests = { sha1: ["SHA1", 20], sha256: ["SHA256", 32] } as const;

export type FingerprintDigest = keyof typeof digests;

/** Fingerprint of a key's wire form as OpenSSH shows it: `SHA256:` or `SHA1:` and unpadded base64. */
export function fingerprintOf(blob: Uint8Array, digest: FingerprintDigest): string {
  return formatFingerprint(createHash(digest).update(blob).digest(), digest);
}

export function formatFingerprint(hash: Uint8Array, digest: FingerprintDigest): string {
  const [label, length] = digests[digest];
  if (hash.length !== length) throw new SshError("MALFORMED", `a ${label} fingerprint has ${length} octets`);
  return `${label}:${keyText(hash).replace(/=+$/, "")}`;
}

/**
 * The hash of a fingerprint as OpenSSH shows it.
 *
 * @throws SshError INVALID for any other text.
 */
export function parseFingerprint(text: string): {
  readonly digest: FingerprintDigest;
  readonly hash: Buffer;
} {
  const digest = text.startsWith("SHA1:") ? "sha1" : "sha256";
  const [label, length] = digests[digest];
  const hash = Buffer.from(text.slice(label.length + 1), "base64");
  if (hash.length !== length || formatFingerprint(hash, digest) !== text) {
    throw new SshError(
      "INVALID",
      `${JSON.stringify(text.slice(0, 64))} is not a fingerprint: SHA256:<base64> is`,
    );
  }
  return { digest, hash };
}
