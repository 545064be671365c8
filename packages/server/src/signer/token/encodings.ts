import { createPublicKey } from "node:crypto";
import { TokenError } from "./token-error.ts";

const P256_OCTETS = 32;

/** SubjectPublicKeyInfo of a P-256 point as CKA_EC_POINT has it: in an OCTET STRING, from some modules bare. */
export function ecSpki(attribute: Buffer): Buffer {
  const isWrapped = attribute.length === 2 * P256_OCTETS + 3 && attribute[0] === 4 && attribute[1] === 65;
  const point = isWrapped ? attribute.subarray(2) : attribute;
  if (point.length !== 2 * P256_OCTETS + 1 || point[0] !== 4) {
    throw new TokenError("refused", "the token's public key is no point of P-256");
  }
  const [x, y] = [point.subarray(1, 1 + P256_OCTETS), point.subarray(1 + P256_OCTETS)];
  return spkiOf({ kty: "EC", crv: "P-256", x: x.toString("base64url"), y: y.toString("base64url") });
}

export const rsaSpki = (modulus: Buffer, exponent: Buffer): Buffer =>
  spkiOf({ kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") });

const spkiOf = (key: Record<string, string>) =>
  createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "der" });

/** The two numbers of an ECDSA signature, each half of the octets, as DER (RFC 3279 section 2.2.3). */
export function ecdsaToDer(numbers: Buffer): Buffer {
  const half = numbers.length / 2;
  const body = Buffer.concat([derInteger(numbers.subarray(0, half)), derInteger(numbers.subarray(half))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function derInteger(octets: Buffer): Buffer {
  const start = octets.findIndex((octet) => octet !== 0);
  const magnitude = start === -1 ? Buffer.from([0]) : octets.subarray(start);
  const padded = (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), magnitude]) : magnitude;
  return Buffer.concat([Buffer.from([2, padded.length]), padded]);
}

/** DigestInfo in front of the digest (RFC 8017 section 9.2, note 1). */
const digestInfo = {
  sha256: Buffer.from("3031300d060960864801650304020105000420", "hex"),
  sha512: Buffer.from("3051300d060960864801650304020305000440", "hex"),
};

export const rsaDigestInfo = (digest: keyof typeof digestInfo, hash: Buffer): Buffer =>
  Buffer.concat([digestInfo[digest], hash]);
