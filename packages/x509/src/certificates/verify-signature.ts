import type { KeyObject } from "node:crypto";
import { parsePublicKey } from "../keys/public-key.ts";
import { X509Error } from "../x509-error.ts";
import type { Certificate } from "./certificate.ts";
import { extensionOid } from "./extension.ts";
import { verifyBytes } from "./signature-algorithm.ts";

/**
 * True where the key made the certificate's signature.
 *
 * @throws X509Error for a key of a kind that is not trusted at all, as `checkKeyType`.
 */
export function verifySignature(certificate: Certificate, issuerKey: KeyObject): boolean {
  return verifyBytes(certificate.signatureAlgorithm, certificate.tbs, issuerKey, certificate.signature);
}

/** A CA certificate with its key made ready; keep it as long as the CA is trusted. */
export interface TrustedCa {
  readonly certificate: Certificate;
  readonly publicKey: KeyObject;
}

/**
 * Prepares a CA certificate for `verifyIssuedBy`.
 *
 * @throws X509Error MISMATCH where the certificate is not that of a CA that may sign certificates.
 */
export function trustedCa(certificate: Certificate): TrustedCa {
  if (!certificate.isCa || certificate.keyUsage?.includes("keyCertSign") === false) {
    throw new X509Error("MISMATCH", "the certificate is not that of a CA that may sign certificates");
  }
  return { certificate, publicKey: parsePublicKey(certificate.spki) };
}

/** Why a certificate is not accepted. */
export type CertificateRefusal =
  | "unknown issuer"
  | "bad signature"
  | "not yet valid"
  | "expired"
  | "wrong usage"
  | "is a CA"
  | "unknown critical extension";

export type CertificateVerdict =
  | { readonly ok: true; readonly ca: TrustedCa }
  | { readonly ok: false; readonly refusal: CertificateRefusal };

const understood: ReadonlySet<string> = new Set(Object.values(extensionOid));

/**
 * Judges an end-entity certificate against the CAs that are trusted. There are no chains: one of the CAs itself
 * signed it, and a certificate that is a CA's is no one's identity.
 */
export function verifyIssuedBy(
  certificate: Certificate,
  options: { cas: readonly TrustedCa[]; now: number; usage: "clientAuth" | "serverAuth" },
): CertificateVerdict {
  const named = options.cas.filter((ca) => mayHaveIssued(ca.certificate, certificate));
  if (named.length === 0) return refuse("unknown issuer");
  const ca = named.find(({ publicKey }) => verifySignature(certificate, publicKey));
  if (ca === undefined) return refuse("bad signature");
  const refusal = refusalOf(certificate, options.now, options.usage);
  return refusal === undefined ? { ok: true, ca } : refuse(refusal);
}

function refuse(refusal: CertificateRefusal): CertificateVerdict {
  return { ok: false, refusal };
}

function mayHaveIssued(ca: Certificate, certificate: Certificate): boolean {
  if (Buffer.compare(ca.subjectDer, certificate.issuerDer) !== 0) return false;
  const { authorityKeyId } = certificate;
  if (authorityKeyId === undefined || ca.subjectKeyId === undefined) return true;
  return Buffer.compare(authorityKeyId, ca.subjectKeyId) === 0;
}

function refusalOf(
  certificate: Certificate,
  now: number,
  usage: "clientAuth" | "serverAuth",
): CertificateRefusal | undefined {
  if (now < certificate.notBeforeAt) return "not yet valid";
  // RFC 5280 section 4.1.2.5: the second that notAfter names is still within the validity.
  if (now >= certificate.notAfterAt + 1000) return "expired";
  if (certificate.isCa || certificate.keyUsage?.includes("keyCertSign") === true) return "is a CA";
  // RFC 8446 section 4.4.2.2: the key signs the handshake, so where uses are named this is one of them.
  const mayNotSign = certificate.keyUsage?.includes("digitalSignature") === false;
  if (mayNotSign || certificate.extKeyUsage?.includes(usage) !== true) return "wrong usage";
  const stranger = certificate.extensions.some((one) => one.critical && !understood.has(one.oid));
  return stranger ? "unknown critical extension" : undefined;
}
