import type { CertificateIssuer } from "@sallyport/x509";
import type { CaType, KeyUse } from "./ca-types.ts";

/** The algorithms of keys are chosen by suites, never one by one. */
export const signatureSuites = ["legacy", "balanced-v1", "fips-v1", "hsm-v1"] as const;
export type SignatureSuite = (typeof signatureSuites)[number];

export const DEFAULT_SUITE: SignatureSuite = "balanced-v1";

export type KeyAlgorithm = "ecdsa-p256" | "ed25519" | "rsa-2048";

/** What reads these keys reads RSA alone: databases of every age, SAML and OIDC relying parties, AWS. */
const rsaKeys: readonly string[] = ["db tls", "db_client tls", "saml_idp tls", "oidc_idp jwt", "spiffe jwt"];

/** The algorithm of a new key of an authority. */
export function authorityAlgorithm(suite: SignatureSuite, type: CaType, use: KeyUse): KeyAlgorithm {
  if (suite === "legacy" || rsaKeys.includes(`${type} ${use}`)) return "rsa-2048";
  // Neither FIPS 140-2 modules nor most hardware tokens know Ed25519.
  if (suite !== "balanced-v1") return "ecdsa-p256";
  return use === "ssh" || type === "bound_keypair" ? "ed25519" : "ecdsa-p256";
}

/** Few tokens make Ed25519 keys: authorities in one get the keys of the suite that was made for them. */
export const suiteInToken = (suite: SignatureSuite): SignatureSuite =>
  suite === "balanced-v1" ? "hsm-v1" : suite;

/**
 * The algorithm of a key that the cluster makes for itself, one for TLS and SSH: whoever verifies an RSA authority may
 * know RSA alone.
 */
export const serviceAlgorithm = ({ algorithm }: CertificateIssuer): KeyAlgorithm =>
  algorithm.keyType === "rsa" ? "rsa-2048" : "ecdsa-p256";
