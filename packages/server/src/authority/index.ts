// Certificate authorities: their keys, and every certificate that they issue.
export { createCaKeys } from "./ca-keys.ts";
export { type CaType, caTypes, isCaType } from "./ca-types.ts";
export { certsRpcs } from "./certs-rpc.ts";
export { createCustody } from "./custody/index.ts";
export {
  acceptForeign,
  type ForeignAuthorities,
  MAX_CLIENT_CAS,
  openForeignAuthorities,
  withoutKeys,
} from "./foreign/index.ts";
export type { IssueDeps } from "./issue-user-certs.ts";
export { type Keyring, openKeyring } from "./keyring.ts";
export { listAuthorities } from "./list-authorities.ts";
export { keepLocalAdmin } from "./local-admin.ts";
export { tellOldSuites } from "./old-suite.ts";
export { createGenerations } from "./renewals/generations.ts";
export { followSchedules } from "./rotation/index.ts";
export { settleKeyEncryption } from "./sealing/settle-encryption.ts";
export { createServerMaterial } from "./server-material.ts";
export { serviceCertsRpcs } from "./service-certs-rpc.ts";
export { singleUseRpcs } from "./single-use-rpc.ts";
export { type AuthorityStore, authoritiesOf, hostsAreTrusted, openAuthorityStore } from "./store.ts";
export { type TrustDeps, trustRpcs } from "./trust-rpc.ts";
export type { CertUser, GrantedRequest } from "./user-certs.ts";
export { createVerifyPeer, isTrusted, type Peer } from "./verify-peer.ts";
export { authorityWatchSource } from "./watch-source.ts";
export * from "./workloads/index.ts";
