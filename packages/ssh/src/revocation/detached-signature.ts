import { createHash } from "node:crypto";
import { parsePublicKeyBlob, type SshPublicKey } from "../keys/public-key.ts";
import { type SshSigner, signSsh, verifySsh } from "../keys/signature.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireString, wireUint32 } from "../wire/write-wire.ts";

const magic = Buffer.from("SSHSIG");
const signatureVersion = 1;
const begin = "-----BEGIN SSH SIGNATURE-----";
const end = "-----END SSH SIGNATURE-----";
const maxArmorChars = 64 * 1024;
const namespaceShape = /^[!-~]{1,255}$/;

/**
 * Signs octets for a purpose, apart from them (OpenSSH PROTOCOL.sshsig, with SHA-512); resolves to the text of a `.sig`
 * file, which `ssh-keygen -Y verify -n <namespace>` checks. This is how a key revocation list is signed: OpenSSH 9.4
 * and later refuse lists with a signature inside.
 *
 * @param namespace what the signature is for, such as `krl@example.com`: one made for a purpose is never good for another.
 * @throws SshError INVALID for a namespace that is empty or has other than visible ASCII characters.
 */
export async function signDetached(
  signer: SshSigner,
  message: Uint8Array,
  namespace: string,
): Promise<string> {
  if (!namespaceShape.test(namespace))
    throw new SshError("INVALID", "the namespace of a signature is not visible ASCII");
  const signature = await signSsh(signer, signedOctets(message, namespace, "sha512"));
  const file = Buffer.concat([
    magic,
    wireUint32(signatureVersion),
    wireString(signer.publicKey.blob),
    wireString(namespace),
    wireString(),
    wireString("sha512"),
    wireString(signature),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return [begin, ...lines, end, ""].join("\n");
}

/**
 * The one of the trusted keys that signed the octets for this purpose; undefined where none of them did.
 *
 * @throws SshError MALFORMED, UNSUPPORTED, WEAK_KEY or TOO_LARGE for what is no such signature.
 */
export function verifyDetached(
  armor: string,
  message: Uint8Array,
  trust: { readonly namespace: string; readonly keys: readonly SshPublicKey[] },
): SshPublicKey | undefined {
  const reader = new WireReader(decodeArmor(armor));
  if (!reader.bytes(magic.length).equals(magic)) throw malformed();
  if (reader.uint32() !== signatureVersion)
    throw new SshError("UNSUPPORTED", "the SSH signature has a new version");
  const claimed = parsePublicKeyBlob(reader.string());
  const namespace = reader.text();
  reader.string();
  const digest = reader.text();
  const signature = reader.string();
  reader.end();
  if (digest !== "sha512" && digest !== "sha256") throw malformed();
  const key = trust.keys.find(({ blob }) => Buffer.compare(blob, claimed.blob) === 0);
  if (key === undefined || namespace !== trust.namespace) return undefined;
  return verifySsh(key, signedOctets(message, namespace, digest), signature) ? key : undefined;
}

function signedOctets(message: Uint8Array, namespace: string, digest: "sha256" | "sha512"): Buffer {
  const hash = createHash(digest).update(message).digest();
  return Buffer.concat([magic, ...[namespace, "", digest].map((text) => wireString(text)), wireString(hash)]);
}

function decodeArmor(armor: string): Buffer {
  const lines = armor.length > maxArmorChars ? [] : armor.trim().split(/\r?\n/);
  const base64 = lines.slice(1, -1).join("");
  if (lines[0] !== begin || lines.at(-1) !== end || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed();
  return Buffer.from(base64, "base64");
}

function malformed(): SshError {
  return new SshError("MALFORMED", "the SSH signature is malformed");
}
