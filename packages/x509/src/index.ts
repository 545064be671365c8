// X.509 on node:crypto: names, keys, PEM, and certificates written, read and verified. Bytes in, bytes out.
export type { Certificate } from "./certificates/certificate.ts";
export {
  type CertificateIssuer,
  createIssuer,
  issuerFromCertificate,
  keyIdOf,
} from "./certificates/certificate-issuer.ts";
export * from "./certificates/certificate-request.ts";
export type { Extension } from "./certificates/extension.ts";
export { type CertificateTemplate, issueCertificate } from "./certificates/issue-certificate.ts";
export { type ExtKeyUsage, endEntityKeyUsage, type KeyUsage } from "./certificates/key-usage.ts";
export { certificateLabel, parseCertificate } from "./certificates/parse-certificate.ts";
export { type CaTemplate, selfSignedCa } from "./certificates/self-signed-ca.ts";
export { type SmartCardAccount, smartCardExtensions } from "./certificates/smart-card.ts";
export type { SubjectAltNames } from "./certificates/subject-alt-names.ts";
export * from "./certificates/unsigned-kind.ts";
export * from "./certificates/verify-signature.ts";
export { checkKeyType } from "./keys/check-key-type.ts";
export * from "./keys/generate-key.ts";
export type { KeyAlgorithm } from "./keys/key-algorithm.ts";
export { encodePrivateKeyPem, parsePrivateKeyPem } from "./keys/private-key-pem.ts";
export { checkSpki, exportSpki, parsePublicKey, spkiPin } from "./keys/public-key.ts";
export * from "./keys/signing-key.ts";
export * from "./keystores/index.ts";
export { decodeName } from "./names/decode-name.ts";
export { encodeName, maxNameBytes } from "./names/encode-name.ts";
export { attributeValues, type Name, type NameAttribute, nameOid, type Rdn } from "./names/name.ts";
export { decodePem, decodePemBlock, encodePem, type PemBlock } from "./pem/pem.ts";
export * from "./revocation/index.ts";
export { X509Error, type X509ErrorCode } from "./x509-error.ts";
