import type { Certificate } from "../certificates/certificate.ts";
import { extensionOid } from "../certificates/extension.ts";
import { verifyBytes } from "../certificates/signature-algorithm.ts";
import type { TrustedCa } from "../certificates/verify-signature.ts";
import { type Crl, crlExtensionOid, type RevokedCertificate } from "./crl.ts";

/** Why a certificate revocation list is not accepted. */
export type CrlRefusal =
  | "wrong issuer"
  | "bad signature"
  | "not yet valid"
  | "expired"
  | "not a CRL signer"
  | "unknown critical extension";

export type CrlVerdict = { readonly ok: true } | { readonly ok: false; readonly refusal: CrlRefusal };

const understood: ReadonlySet<string> = new Set([crlExtensionOid.crlNumber, extensionOid.authorityKeyId]);

/**
 * Judges whether a list is the CA's own, complete and current. A list for a part of the certificates only, or one of
 * changes (a delta), has a critical extension and is refused.
 */
export function verifyCrl(crl: Crl, options: { readonly ca: TrustedCa; readonly now: number }): CrlVerdict {
  const refusal = refusalOf(crl, options.ca, options.now);
  return refusal === undefined ? { ok: true } : { ok: false, refusal };
}

function refusalOf(crl: Crl, { certificate, publicKey }: TrustedCa, now: number): CrlRefusal | undefined {
  if (!isIssuer(certificate, crl)) return "wrong issuer";
  if (certificate.keyUsage?.includes("cRLSign") === false) return "not a CRL signer";
  if (!verifyBytes(crl.signatureAlgorithm, crl.tbs, publicKey, crl.signature)) return "bad signature";
  if (now < crl.thisUpdateAt) return "not yet valid";
  // RFC 5280 section 5.1.2.5 demands a nextUpdate: without one a list would be good for ever.
  if (crl.nextUpdateAt === undefined || now >= crl.nextUpdateAt + 1000) return "expired";
  const isStrange = crl.extensions.some((one) => one.critical && !understood.has(one.oid));
  return isStrange || crl.hasUnknownCriticalEntry ? "unknown critical extension" : undefined;
}

function isIssuer(ca: Certificate, crl: Crl): boolean {
  if (Buffer.compare(ca.subjectDer, crl.issuerDer) !== 0) return false;
  if (crl.authorityKeyId === undefined || ca.subjectKeyId === undefined) return true;
  return Buffer.compare(crl.authorityKeyId, ca.subjectKeyId) === 0;
}

/** The entry by which a list that was verified with the CA revokes a certificate of that CA; undefined where it does not. */
export function revokedBy(crl: Crl, certificate: Certificate): RevokedCertificate | undefined {
  const isSameIssuer = Buffer.compare(crl.issuerDer, certificate.issuerDer) === 0;
  return isSameIssuer ? crl.revoked.get(certificate.serialNumber) : undefined;
}
