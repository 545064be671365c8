import type { KeyObject } from "node:crypto";
import { X509Error } from "../x509-error.ts";
import type { KeyAlgorithm } from "./key-algorithm.ts";

const minRsaBits = 2048;
// A larger modulus only serves to make verifiers work.
const maxRsaBits = 8192;

const curves: ReadonlyMap<string | undefined, KeyAlgorithm> = new Map([
  ["prime256v1", "ecdsa-p256"],
  ["secp384r1", "ecdsa-p384"],
  ["secp521r1", "ecdsa-p521"],
]);

/**
 * Says which kind of key this is, and refuses kinds that nobody should trust: RSA below 2048 or above 8192 bits,
 * RSA-PSS, DSA, secret keys, and curves other than P-256, P-384, P-521 and Ed25519.
 *
 * @throws X509Error WEAK_KEY or UNSUPPORTED.
 */
export function checkKeyType(key: KeyObject): KeyAlgorithm {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return "ed25519";
    case "ec":
      return checkCurve(details.namedCurve);
    case "rsa":
      return checkRsa(details.modulusLength ?? 0, details.publicExponent ?? 0n);
    default:
      throw new X509Error(
        "UNSUPPORTED",
        `keys of type ${key.asymmetricKeyType ?? key.type} are not supported`,
      );
  }
}

function checkCurve(curve: string | undefined): KeyAlgorithm {
  const algorithm = curves.get(curve);
  if (algorithm === undefined) {
    throw new X509Error("UNSUPPORTED", `the curve ${curve ?? "without a name"} is not supported`);
  }
  return algorithm;
}

function checkRsa(bits: number, exponent: bigint): KeyAlgorithm {
  if (bits < minRsaBits) {
    throw new X509Error("WEAK_KEY", `an RSA key of ${bits} bits is too weak; ${minRsaBits} is the least`);
  }
  if (bits > maxRsaBits) throw new X509Error("UNSUPPORTED", `an RSA key of ${bits} bits is too large`);
  if (exponent < 3n || exponent % 2n === 0n) {
    throw new X509Error("WEAK_KEY", "the public exponent of the RSA key is unsafe");
  }
  if (bits === 2048) return "rsa-2048";
  if (bits === 3072) return "rsa-3072";
  return bits === 4096 ? "rsa-4096" : "rsa-other";
}
