import { type KeyObject, sign, verify } from "node:crypto";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireMpint, wireString } from "../wire/write-wire.ts";
import type { PlainKeyType } from "./key-kind.ts";
import { fromKeyObject, type SshPublicKey, toKeyObject } from "./public-key.ts";

/** A private key made ready for signing, with its public half. Keep it as long as the key is in use. */
export interface SshSigner {
  readonly publicKey: SshPublicKey;
  readonly key: KeyObject | DistantSshKey;
}

/** A private key that is somewhere else, for example in a hardware token, and signs there. */
export interface DistantSshKey {
  readonly publicKey: KeyObject;
  /** Signs as `sign` of `node:crypto` would: PKCS#1 v1.5 for RSA, DER for ECDSA. `digest` is null for Ed25519. */
  sign(digest: string | null, bytes: Uint8Array): Promise<Buffer>;
}

/** Signature algorithms by key type; the first one signs. SHA-1 (`ssh-rsa` as a signature) is not there. */
const algorithms: Readonly<
  Record<PlainKeyType, readonly (readonly [name: string, digest: string | null])[]>
> = {
  "ssh-ed25519": [["ssh-ed25519", null]],
  "ecdsa-sha2-nistp256": [["ecdsa-sha2-nistp256", "sha256"]],
  "ecdsa-sha2-nistp384": [["ecdsa-sha2-nistp384", "sha384"]],
  "ecdsa-sha2-nistp521": [["ecdsa-sha2-nistp521", "sha512"]],
  "ssh-rsa": [
    ["rsa-sha2-512", "sha512"],
    ["rsa-sha2-256", "sha256"],
  ],
};

/** A signer from a private key, here or somewhere else. */
export function createSshSigner(key: KeyObject | DistantSshKey): SshSigner {
  if ("publicKey" in key) return { publicKey: fromKeyObject(key.publicKey), key };
  if (key.type !== "private") throw new SshError("UNSUPPORTED", "signing takes a private key");
  return { publicKey: fromKeyObject(key), key };
}

function algorithmsOf(type: string) {
  const found = Object.hasOwn(algorithms, type) ? algorithms[type as PlainKeyType] : undefined;
  if (found === undefined) {
    throw new SshError("UNSUPPORTED", `only a plain key signs, not one of type ${JSON.stringify(type)}`);
  }
  return found;
}

/**
 * Signs; resolves to the SSH signature blob (RFC 4253 section 6.6). RSA signs `rsa-sha2-512` on the thread pool; a curve
 * signs at once, since it takes less time than the way to the pool and back.
 *
 * @throws SshError UNSUPPORTED where the signer's key is not of a plain type.
 */
export async function signSsh(signer: SshSigner, bytes: Uint8Array): Promise<Buffer> {
  const [first] = algorithmsOf(signer.publicKey.type);
  const [name = "", digest = null] = first ?? [];
  const signature = await signRaw(digest, bytes, signer.key);
  return Buffer.concat([
    wireString(name),
    wireString(name.startsWith("ecdsa") ? fromDer(signature) : signature),
  ]);
}

async function signRaw(digest: string | null, bytes: Uint8Array, key: SshSigner["key"]): Promise<Buffer> {
  if ("publicKey" in key) return key.sign(digest, bytes);
  if (key.asymmetricKeyType !== "rsa") return sign(digest, bytes, key);
  return new Promise((resolve, reject) => {
    sign(digest, bytes, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** The two numbers of an ECDSA signature out of DER, as RFC 5656 section 3.1.2 writes them. */
function fromDer(der: Buffer): Buffer {
  // DER of few octets: a P-521 signature is the only one with a length of two octets.
  const first = der[1] === 0x81 ? 3 : 2;
  const rLength = der[first + 1] ?? 0;
  const r = der.subarray(first + 2, first + 2 + rLength);
  const s = der.subarray(first + 2 + rLength + 2);
  return Buffer.concat([wireString(r), wireString(s)]);
}

/** True where the key made the signature blob over the bytes, with an algorithm that its type allows. */
export function verifySsh(publicKey: SshPublicKey, bytes: Uint8Array, signatureBlob: Uint8Array): boolean {
  const reader = new WireReader(signatureBlob);
  const name = reader.text();
  const signature = reader.string();
  reader.end();
  const algorithm = algorithmsOf(publicKey.type).find(([candidate]) => candidate === name);
  if (algorithm === undefined) return false;
  const der = name.startsWith("ecdsa") ? toDer(signature) : signature;
  return verify(algorithm[1], bytes, toKeyObject(publicKey), der);
}

function toDer(numbers: Buffer): Buffer {
  const reader = new WireReader(numbers);
  const body = Buffer.concat([derInteger(reader.mpint()), derInteger(reader.mpint())]);
  reader.end();
  if (body.length > 0xff) throw new SshError("MALFORMED", "an ECDSA signature is too long");
  const header = body.length < 0x80 ? [0x30, body.length] : [0x30, 0x81, body.length];
  return Buffer.concat([Uint8Array.from(header), body]);
}

function derInteger(magnitude: Buffer): Buffer {
  // A DER INTEGER holds the same two's complement octets as an mpint; only the header differs.
  const octets = wireMpint(magnitude).subarray(4);
  return Buffer.concat([Uint8Array.of(2, octets.length & 0x7f), octets]);
}
