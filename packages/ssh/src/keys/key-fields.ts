import { createPublicKey, type JsonWebKey } from "node:crypto";
import { SshError } from "../ssh-error.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import type { KeyKind } from "./key-kind.ts";
import { isSmallOrder } from "./small-order.ts";

const minRsaBits = 2048;
const maxRsaBits = 8192;
const maxApplicationBytes = 1024;

/** Reads the fields that follow the type name of a key, checks them, and returns the key as a JWK. */
export function readKeyFields(reader: WireReader, kind: KeyKind): JsonWebKey {
  const jwk = readers[kind.family](reader, kind);
  if (kind.isSecurityKey && reader.string().length > maxApplicationBytes) {
    throw new SshError("TOO_LARGE", "the application of the security key is too long");
  }
  return jwk;
}

const readers = { ed25519: readEd25519, ecdsa: readEcdsa, rsa: readRsa };

function readEd25519(reader: WireReader): JsonWebKey {
  const octets = reader.string();
  if (octets.length !== 32) throw new SshError("MALFORMED", "an Ed25519 key has 32 octets");
  if (isSmallOrder(octets)) throw new SshError("WEAK_KEY", "anybody can sign for this Ed25519 key");
  return { kty: "OKP", crv: "Ed25519", x: octets.toString("base64url") };
}

function readEcdsa(reader: WireReader, { curve, type }: KeyKind): JsonWebKey {
  const name = reader.text();
  const point = reader.string();
  if (curve?.ssh !== name || point.length !== 1 + 2 * curve.octets || point[0] !== 4) {
    throw new SshError("MALFORMED", `the key of type ${type} is malformed`);
  }
  const x = point.toString("base64url", 1, 1 + curve.octets);
  const jwk = { kty: "EC", crv: curve.jwk, x, y: point.toString("base64url", 1 + curve.octets) };
  requireOnCurve(jwk, type);
  return jwk;
}

function requireOnCurve(jwk: JsonWebKey, type: string): void {
  try {
    createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    throw new SshError("MALFORMED", `the key of type ${type} is not a point of its curve`);
  }
}

function readRsa(reader: WireReader): JsonWebKey {
  const exponent = reader.mpint();
  const modulus = reader.mpint();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < minRsaBits) {
    throw new SshError("WEAK_KEY", `an RSA key of ${bits} bits is too weak; ${minRsaBits} is the least`);
  }
  if (bits > maxRsaBits) throw new SshError("UNSUPPORTED", `an RSA key of ${bits} bits is too large`);
  const isSmall = exponent.length === 1 && (exponent[0] ?? 0) < 3;
  if (exponent.length > 8 || isSmall || (exponent.at(-1) ?? 0) % 2 === 0 || (modulus.at(-1) ?? 0) % 2 === 0) {
    throw new SshError("WEAK_KEY", "the numbers of the RSA key are unsafe");
  }
  return { kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") };
}
