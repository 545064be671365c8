import { type KeyObject, sign, verify } from "node:crypto";
import { encodeOid } from "../der/oid.ts";
import { derNull, sequence } from "../der/write-der.ts";
import { checkKeyType } from "../keys/check-key-type.ts";
import type { KeyAlgorithm } from "../keys/key-algorithm.ts";
import { isDistantKey, type SigningKey, visibleHalf } from "../keys/signing-key.ts";
import { X509Error } from "../x509-error.ts";

/** A signature algorithm of a certificate: its names here and in ASN.1, and what it does. */
export interface SignatureAlgorithm {
  readonly name: string;
  /** DER of the AlgorithmIdentifier, the only encoding that is accepted. */
  readonly identifier: Buffer;
  /** Digest as `node:crypto` names it; null where the scheme has its own. */
  readonly digest: string | null;
  readonly keyType: "ec" | "ed25519" | "rsa";
}

const rsaPrefix = "1.2.840.113549.1.1";
const ecdsaPrefix = "1.2.840.10045.4.3";

// RSA: RFC 4055 section 5, with NULL. ECDSA: RFC 5758 section 3.2. Ed25519: RFC 8410 section 3. SHA-1 is not there.
const algorithms: readonly SignatureAlgorithm[] = [
  algorithm("ecdsa-sha256", `${ecdsaPrefix}.2`, "sha256", "ec"),
  algorithm("ecdsa-sha384", `${ecdsaPrefix}.3`, "sha384", "ec"),
  algorithm("ecdsa-sha512", `${ecdsaPrefix}.4`, "sha512", "ec"),
  algorithm("ed25519", "1.3.101.112", null, "ed25519"),
  algorithm("rsa-sha256", `${rsaPrefix}.11`, "sha256", "rsa"),
  algorithm("rsa-sha384", `${rsaPrefix}.12`, "sha384", "rsa"),
  algorithm("rsa-sha512", `${rsaPrefix}.13`, "sha512", "rsa"),
];

function algorithm(
  name: string,
  oid: string,
  digest: string | null,
  keyType: SignatureAlgorithm["keyType"],
): SignatureAlgorithm {
  const parameters = keyType === "rsa" ? [derNull] : [];
  return { name, identifier: sequence(encodeOid(oid), ...parameters), digest, keyType };
}

const nameByKey: Readonly<Record<KeyAlgorithm, string>> = {
  "ecdsa-p256": "ecdsa-sha256",
  "ecdsa-p384": "ecdsa-sha384",
  "ecdsa-p521": "ecdsa-sha512",
  ed25519: "ed25519",
  "rsa-2048": "rsa-sha256",
  "rsa-3072": "rsa-sha256",
  "rsa-4096": "rsa-sha256",
  "rsa-other": "rsa-sha256",
};

/** The algorithm that this package signs with for a key. */
export function signatureAlgorithmFor(key: SigningKey): SignatureAlgorithm {
  return algorithmWhere((one) => one.name === nameByKey[checkKeyType(visibleHalf(key))]);
}

/** The algorithm of a DER AlgorithmIdentifier. */
export function signatureAlgorithmOf(identifier: Uint8Array): SignatureAlgorithm {
  return algorithmWhere((one) => one.identifier.equals(identifier));
}

function algorithmWhere(test: (one: SignatureAlgorithm) => boolean): SignatureAlgorithm {
  const found = algorithms.find(test);
  if (found === undefined) throw new X509Error("UNSUPPORTED", "the signature algorithm is not supported");
  return found;
}

/** Signs: with RSA on the thread pool, else at once, since a curve takes less time than the way to the pool and back. */
export async function signBytes(
  algorithm: SignatureAlgorithm,
  bytes: Uint8Array,
  key: SigningKey,
): Promise<Buffer> {
  if (isDistantKey(key)) return key.sign(algorithm.digest, bytes);
  if (algorithm.keyType !== "rsa") return sign(algorithm.digest, bytes, key);
  return new Promise((resolve, reject) => {
    sign(algorithm.digest, bytes, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

/** True where the key, of the kind that the algorithm is for and strong enough, made the signature. */
export function verifyBytes(
  algorithm: SignatureAlgorithm,
  bytes: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  checkKeyType(key);
  return key.asymmetricKeyType === algorithm.keyType && verify(algorithm.digest, bytes, key, signature);
}
