// Workload identities: SPIFFE IDs, who gets credentials for them, and the revocation of these.
export { workloadIdentityRpcs } from "./identities/rpc.ts";
export { acceptIdentity } from "./identities/save-identity.ts";
export { createIdentityStore, type IdentityStore } from "./identities/store.ts";
export { identityWatchSource } from "./identities/watch-source.ts";
export type { IssuingDeps } from "./issuing/issue-deps.ts";
export { workloadIssuanceRpcs } from "./issuing/rpc.ts";
export { olderWorkloadRpcs } from "./older/rpc.ts";
export { acceptRevocation } from "./revocations/accept-revocation.ts";
export { openX509RevocationFeed, type X509RevocationFeed } from "./revocations/further-revocations.ts";
export { workloadRevocationRpcs } from "./revocations/rpc.ts";
export { createRevocationStore, type RevocationStore } from "./revocations/store.ts";
export { revocationWatchSource } from "./revocations/watch-source.ts";
