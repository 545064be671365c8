// Revocation of X.509: certificate revocation lists and OCSP, written and read.
export { type Crl, maxCrlBytes, type RevokedCertificate } from "./crl.ts";
export { type CrlTemplate, issueCrl } from "./issue-crl.ts";
export { crlLabel, parseCrl } from "./parse-crl.ts";
export type { RevocationReason } from "./revocation-reason.ts";
export { type CrlRefusal, type CrlVerdict, revokedBy, verifyCrl } from "./verify-crl.ts";
