// The inventory of every certificate that was issued, the revocation of what is in it, and the lists that say so.
export type { Certificate, CertificateKind } from "./certificate.ts";
export { type CertifiedKeys, spkiFingerprint } from "./fingerprint.ts";
export type { ListAuthorities, X509Authority } from "./lists/authorities.ts";
export type { FurtherRevocations } from "./lists/crl-keeper.ts";
export { crlRpcs } from "./lists/crl-rpc.ts";
export { openRevocationLists, type RevocationLists } from "./lists/revocation-lists.ts";
export { revocationListRpcs } from "./lists/rpc.ts";
export { type Inventory, type Issue, openInventory } from "./record-certificate.ts";
export type { RevokedCertificate, RevokedKey } from "./revocation.ts";
export { openRevocationView, type RevocationView } from "./revocation-view.ts";
export { type RevokeDeps, revokeCertificates } from "./revoke-certificates.ts";
export { certificateInventoryRpcs } from "./rpc.ts";
export { findBySerial, findEntry } from "./search-certificates.ts";
export { type IssueNumber, readSerial, x509SerialText } from "./serial.ts";
export { createRevocationPointers } from "./serving/revocation-pointers.ts";
export { type RevocationServer, startRevocationServer } from "./serving/revocation-server.ts";
