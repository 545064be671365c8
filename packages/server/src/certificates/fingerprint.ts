import { createPublicKey, hash } from "node:crypto";
import { AppError } from "@sallyport/api";
import { fingerprint, fromKeyObject, type SshPublicKey, toKeyObject } from "@sallyport/ssh";
import { exportSpki } from "@sallyport/x509";

/** The keys that certificates are asked for. */
export interface CertifiedKeys {
  readonly ssh?: SshPublicKey | undefined;
  /** SubjectPublicKeyInfo, DER. */
  readonly x509?: Uint8Array | undefined;
}

/** Of an X.509 key: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export function spkiFingerprint(spki: Uint8Array): string {
  return hash("sha256", spki, "hex");
}

/** Every fingerprint that the keys have: one and the same key is written by SSH and by X.509 in ways of their own. */
export function allFingerprints({ ssh, x509 }: CertifiedKeys): readonly string[] {
  return [...(ssh === undefined ? [] : formsOfSsh(ssh)), ...(x509 === undefined ? [] : formsOfSpki(x509))];
}

const known = new WeakMap<Uint8Array, readonly string[]>();

function formsOfSpki(spki: Uint8Array): readonly string[] {
  const found = known.get(spki);
  if (found !== undefined) return found;
  const forms = [spkiFingerprint(spki), ...sshForm(spki)];
  known.set(spki, forms);
  return forms;
}

function sshForm(spki: Uint8Array): readonly string[] {
  try {
    return [
      fingerprint(fromKeyObject(createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }))),
    ];
  } catch {
    // A kind of key that SSH does not have, so nobody can have revoked it in that form.
    return [];
  }
}

function formsOfSsh(key: SshPublicKey): readonly string[] {
  try {
    return [fingerprint(key), spkiFingerprint(exportSpki(toKeyObject(key)))];
  } catch {
    // The key of a hardware token, which X.509 does not have.
    return [fingerprint(key)];
  }
}

/** The one form of a fingerprint that somebody wrote. Throws BAD_PARAMETER. */
export function readFingerprint(text: string): string {
  const trimmed = text.trim();
  const ssh = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(trimmed)?.[1];
  if (ssh !== undefined) return `SHA256:${ssh}`;
  const hex = trimmed
    .replace(/^sha256:/i, "")
    .replaceAll(":", "")
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new AppError(
    "BAD_PARAMETER",
    `${JSON.stringify(text)} is not the fingerprint of a key: write SHA256: and base64, as ssh-keygen -l prints it, ` +
      "or the 64 hexadecimal digits of the SHA-256 of a SubjectPublicKeyInfo",
  );
}
