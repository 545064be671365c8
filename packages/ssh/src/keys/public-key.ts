import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireMpint, wireString } from "../wire/write-wire.ts";
import { readKeyFields } from "./key-fields.ts";
import { certifiedKindOf, type KeyKind, keyKindOf, type SshKeyType } from "./key-kind.ts";

/** A public key as SSH writes it. Made by the functions here only, which check it. */
export interface SshPublicKey {
  readonly type: SshKeyType;
  /** The key's wire form, type name included. */
  readonly blob: Uint8Array;
}

/**
 * Reads a key's wire form. Certificates are refused: a certificate is never a key (CVE-2025-49825).
 *
 * @throws SshError MALFORMED, UNSUPPORTED, WEAK_KEY or TOO_LARGE.
 */
export function parsePublicKeyBlob(blob: Uint8Array): SshPublicKey {
  const reader = new WireReader(blob);
  const kind = requireKind(reader.text());
  readKeyFields(reader, kind);
  reader.end();
  return { type: kind.type, blob };
}

function requireKind(type: string): KeyKind {
  const kind = keyKindOf(type);
  if (kind !== undefined) return kind;
  if (certifiedKindOf(type) !== undefined) {
    throw new SshError("UNSUPPORTED", `a plain key is wanted, not a certificate (${type})`);
  }
  throw new SshError(
    "UNSUPPORTED",
    `SSH keys of type ${JSON.stringify(type.slice(0, 64))} are not supported`,
  );
}

/**
 * The key as `node:crypto` holds it.
 *
 * @throws SshError UNSUPPORTED for keys of hardware tokens, whose signatures are not of the plain form.
 */
export function toKeyObject(key: SshPublicKey): KeyObject {
  const reader = new WireReader(key.blob);
  const kind = requireKind(reader.text());
  if (kind.isSecurityKey) throw new SshError("UNSUPPORTED", `keys of type ${kind.type} cannot be used here`);
  return createPublicKey({ key: readKeyFields(reader, kind), format: "jwk" });
}

/**
 * The SSH form of a public key, or of the public half of a private one.
 *
 * @throws SshError UNSUPPORTED or WEAK_KEY.
 */
export function fromKeyObject(key: KeyObject): SshPublicKey {
  const jwk = exportJwk(key);
  return parsePublicKeyBlob(encodeJwk(jwk));
}

function exportJwk(key: KeyObject): JsonWebKey {
  if (key.type === "secret") throw new SshError("UNSUPPORTED", "a secret key has no public half");
  const half = key.type === "private" ? createPublicKey(key) : key;
  try {
    return half.export({ format: "jwk" });
  } catch (cause) {
    throw new SshError("UNSUPPORTED", `keys of type ${key.asymmetricKeyType} are not supported`, { cause });
  }
}

const sshCurves: ReadonlyMap<string | undefined, string> = new Map([
  ["P-256", "nistp256"],
  ["P-384", "nistp384"],
  ["P-521", "nistp521"],
]);

function encodeJwk({ kty, crv, x = "", y = "", n = "", e = "" }: JsonWebKey): Buffer {
  const bytes = (text: string) => Buffer.from(text, "base64url");
  if (kty === "OKP" && crv === "Ed25519")
    return Buffer.concat([wireString("ssh-ed25519"), wireString(bytes(x))]);
  if (kty === "RSA") return Buffer.concat([wireString("ssh-rsa"), wireMpint(bytes(e)), wireMpint(bytes(n))]);
  const curve = sshCurves.get(crv);
  if (curve === undefined)
    throw new SshError("UNSUPPORTED", `the curve ${crv ?? "without a name"} is not supported`);
  const point = wireString(Uint8Array.of(4), bytes(x), bytes(y));
  return Buffer.concat([wireString(`ecdsa-sha2-${curve}`), wireString(curve), point]);
}

/** Fingerprint as OpenSSH shows it: `SHA256:` and unpadded base64. */
export function fingerprint(key: SshPublicKey): string {
  return `SHA256:${createHash("sha256").update(key.blob).digest("base64").replace(/=+$/, "")}`;
}
