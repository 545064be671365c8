import { createPrivateKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireMpint, wireString, wireUint32 } from "../wire/write-wire.ts";
import { readKeyFields } from "./key-fields.ts";
import { type KeyKind, keyKindOf } from "./key-kind.ts";
import { fromKeyObject } from "./public-key.ts";

const magic = Buffer.from("openssh-key-v1\0");
const begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
const end = "-----END OPENSSH PRIVATE KEY-----";
const cipherBlock = 8;
const maxFileChars = 64 * 1024;

/**
 * A private key in OpenSSH's own file format (OpenSSH PROTOCOL.key), not encrypted: guard the file with its mode.
 *
 * @throws SshError UNSUPPORTED or WEAK_KEY.
 */
export function encodePrivateKeyFile(key: KeyObject, comment = ""): string {
  const publicKey = fromKeyObject(key);
  const check = randomBytes(4);
  const fields = privateFields(publicKey.type, publicKey.blob, key.export({ format: "jwk" }));
  const body = Buffer.concat([check, check, wireString(publicKey.type), fields, wireString(comment)]);
  const padding = Uint8Array.from({ length: -body.length & (cipherBlock - 1) }, (_, index) => index + 1);
  const file = Buffer.concat([
    magic,
    ...["none", "none", ""].map((text) => wireString(text)),
    wireUint32(1),
    wireString(publicKey.blob),
    wireString(body, padding),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return [begin, ...lines, end, ""].join("\n");
}

function privateFields(type: string, blob: Uint8Array, jwk: JsonWebKey): Buffer {
  const number = (text = "") => wireMpint(Buffer.from(text, "base64url"));
  if (jwk.kty === "RSA") {
    return Buffer.concat([jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(number));
  }
  const publicFields = Buffer.from(blob).subarray(4 + type.length);
  if (jwk.kty === "EC") return Buffer.concat([publicFields, number(jwk.d)]);
  const seed = Buffer.from(jwk.d ?? "", "base64url");
  return Buffer.concat([publicFields, wireString(seed, publicFields.subarray(4))]);
}

/**
 * Reads a private key in OpenSSH's own file format that is not encrypted. The public half in the file must be that
 * of the key.
 *
 * @throws SshError MALFORMED or UNSUPPORTED.
 */
export function parsePrivateKeyFile(text: string): KeyObject {
  const reader = new WireReader(decodeArmor(text));
  if (!reader.bytes(magic.length).equals(magic)) throw malformed();
  const [cipher, kdf] = [reader.text(), reader.text()];
  reader.string();
  if (cipher !== "none" || kdf !== "none") {
    throw new SshError("UNSUPPORTED", "the OpenSSH private key is encrypted");
  }
  if (reader.uint32() !== 1) throw new SshError("UNSUPPORTED", "only files with one private key are read");
  const publicBlob = reader.string();
  const key = readPrivateSection(new WireReader(reader.string()));
  reader.end();
  if (Buffer.compare(fromKeyObject(key).blob, publicBlob) !== 0) throw malformed();
  return key;
}

function decodeArmor(text: string): Buffer {
  const lines = text.length > maxFileChars ? [] : text.trim().split(/\r?\n/);
  const base64 = lines.slice(1, -1).join("");
  if (lines[0] !== begin || lines.at(-1) !== end || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed();
  return Buffer.from(base64, "base64");
}

function readPrivateSection(reader: WireReader): KeyObject {
  const [check, repeated] = [reader.uint32(), reader.uint32()];
  if (check !== repeated) throw malformed();
  const kind = keyKindOf(reader.text());
  if (kind === undefined || kind.isSecurityKey) {
    throw new SshError("UNSUPPORTED", "the file holds a private key of a kind that is not supported");
  }
  const key = importKey(readPrivateFields(reader, kind));
  reader.string();
  for (let expected = 1; !reader.done; expected++) {
    if (expected > cipherBlock || reader.bytes(1)[0] !== expected) throw malformed();
  }
  return key;
}

function readPrivateFields(reader: WireReader, kind: KeyKind): JsonWebKey {
  if (kind.family === "rsa") return readRsa(reader);
  const publicHalf = readKeyFields(reader, kind);
  if (kind.family === "ecdsa") return { ...publicHalf, d: padded(reader.mpint(), kind.curve?.octets ?? 0) };
  const pair = reader.string();
  if (pair.length !== 64) throw malformed();
  return { ...publicHalf, d: pair.toString("base64url", 0, 32) };
}

function padded(magnitude: Buffer, octets: number): string {
  if (magnitude.length > octets) throw malformed();
  return Buffer.concat([Buffer.alloc(octets - magnitude.length), magnitude]).toString("base64url");
}

function readRsa(reader: WireReader): JsonWebKey {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => reader.mpint());
  if (!n || !e || !d || !qi || !p || !q) throw malformed();
  const text = (number: Buffer) => number.toString("base64url");
  const exponent = toBigInt(d);
  const [dp, dq] = [p, q].map((prime) => crtExponent(exponent, prime));
  return {
    kty: "RSA",
    ...{ n: text(n), e: text(e), d: text(d), p: text(p), q: text(q), qi: text(qi) },
    ...{ dp: dp ?? "", dq: dq ?? "" },
  };
}

/** d mod (prime - 1): the file leaves it out, a JWK needs it. */
function crtExponent(d: bigint, prime: Buffer): string {
  const modulus = toBigInt(prime) - 1n;
  if (modulus <= 0n) throw malformed();
  const hex = (d % modulus).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex").toString("base64url");
}

function toBigInt(magnitude: Buffer): bigint {
  return BigInt(`0x${magnitude.toString("hex")}`);
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: "jwk" });
  } catch {
    // The cause is left out: it may quote key material.
    throw malformed();
  }
}

function malformed(): SshError {
  return new SshError("MALFORMED", "the OpenSSH private key is malformed");
}
