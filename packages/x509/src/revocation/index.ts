// Revocation of X.509: certificate revocation lists and OCSP, written and read.
export { type Crl, maxCrlBytes, type RevokedCertificate } from "./crl.ts";
export { type CrlTemplate, issueCrl } from "./issue-crl.ts";
export {
  issueOcspResponse,
  type OcspError,
  type OcspResponseTemplate,
  type OcspSingleResponse,
  type OcspStatus,
  ocspErrorResponse,
} from "./issue-ocsp-response.ts";
export { isOcspIssuer, type OcspCertId } from "./ocsp-cert-id.ts";
export { createOcspResponder, type OcspResponder, ocspNoCheck, ocspSigningUsage } from "./ocsp-responder.ts";
export { crlLabel, parseCrl } from "./parse-crl.ts";
export { maxOcspRequestBytes, type OcspRequest, parseOcspRequest } from "./parse-ocsp-request.ts";
export { authorityInfoAccess, crlDistributionPoints } from "./revocation-pointers.ts";
export type { RevocationReason } from "./revocation-reason.ts";
export { type CrlRefusal, type CrlVerdict, revokedBy, verifyCrl } from "./verify-crl.ts";
