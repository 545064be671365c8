import { createHash } from "node:crypto";
import type { Certificate } from "../certificates/certificate.ts";
import type { Extension } from "../certificates/extension.ts";
import type { ExtKeyUsage } from "../certificates/key-usage.ts";
import { type SignatureAlgorithm, signatureAlgorithmFor } from "../certificates/signature-algorithm.ts";
import { contextConstructed } from "../der/tag.ts";
import { derNull, element, octetString, sequence } from "../der/write-der.ts";
import { exportSpki } from "../keys/public-key.ts";
import { isDistantKey, type SigningKey, visibleHalf } from "../keys/signing-key.ts";
import { X509Error } from "../x509-error.ts";
import { keyBits } from "./ocsp-cert-id.ts";
import { ocspOid } from "./ocsp-oid.ts";

/** The extended key usage of a certificate that a CA lets answer OCSP requests in its place. */
export const ocspSigningUsage: ExtKeyUsage = ocspOid.signing;

/** id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1): such a certificate is not itself asked after while it lives. */
export const ocspNoCheck: Extension = { oid: ocspOid.noCheck, critical: false, value: derNull };

/** Who signs OCSP responses, made ready: keep it as long as its certificate is in use. */
export interface OcspResponder {
  readonly key: SigningKey;
  readonly algorithm: SignatureAlgorithm;
  /** DER of the ResponderID, by key. */
  readonly idDer: Uint8Array;
  /** DER of the certificates that go with each answer: the responder's own where it is not the CA itself. */
  readonly certificatesDer: Uint8Array;
}

/**
 * A responder from its certificate and private key: that of the CA itself, or one that the CA issued with
 * `ocspSigningUsage` and best with `ocspNoCheck`.
 *
 * @throws X509Error MISMATCH where the certificate is neither, or not that of the key.
 */
export function createOcspResponder(certificate: Certificate, key: SigningKey): OcspResponder {
  const isDelegated = !certificate.isCa;
  if (isDelegated && certificate.extKeyUsage?.includes(ocspSigningUsage) !== true) {
    throw new X509Error("MISMATCH", "the certificate is neither a CA's nor one for signing OCSP responses");
  }
  const isPublic = !isDistantKey(key) && key.type !== "private";
  if (isPublic || !exportSpki(visibleHalf(key)).equals(certificate.spki)) {
    throw new X509Error("MISMATCH", "the private key is not that of the OCSP responder's certificate");
  }
  // RFC 6960 section 4.2.1 takes SHA-1 here: it names the key, it does not protect it.
  const keyHash = createHash("sha1").update(keyBits(certificate.spki)).digest();
  return {
    key,
    algorithm: signatureAlgorithmFor(key),
    idDer: element(contextConstructed(2), octetString(keyHash)),
    certificatesDer: isDelegated
      ? element(contextConstructed(0), sequence(certificate.der))
      : new Uint8Array(),
  };
}
