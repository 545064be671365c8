// OpenSSH's wire format on node:crypto: keys, signatures, certificates and trust lines. Bytes in, bytes out.
export type { SshCertificate } from "./certificates/certificate.ts";
export {
  type IssuedSshCertificate,
  issueSshCertificate,
  type SshCertificateTemplate,
} from "./certificates/issue-certificate.ts";
export type { CertificateOptions } from "./certificates/options.ts";
export { parseSshCertificate } from "./certificates/parse-certificate.ts";
export { type CertificateUse, checkPrincipals, isPrincipal } from "./certificates/principals.ts";
export * from "./certificates/verify-certificate.ts";
export type { PlainKeyType, SecurityKeyType, SshKeyType } from "./keys/key-kind.ts";
export { encodePrivateKeyFile, parsePrivateKeyFile } from "./keys/private-key-file.ts";
export * from "./keys/public-key.ts";
export * from "./keys/public-key-line.ts";
export { createSshSigner, type DistantSshKey, type SshSigner, signSsh, verifySsh } from "./keys/signature.ts";
export * from "./revocation/index.ts";
export { SshError, type SshErrorCode } from "./ssh-error.ts";
export { formatKnownHostsAuthority, formatUserAuthority } from "./trust/authority-line.ts";
export { WireReader } from "./wire/wire-reader.ts";
export { wireMpint, wireString, wireUint32, wireUint64 } from "./wire/write-wire.ts";
