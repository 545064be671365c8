// Workload identities: SPIFFE IDs, who gets credentials for them, and the revocation of these.
export { workloadIdentityRpcs } from "./identities/rpc.ts";
export { createIdentityStore, type IdentityStore } from "./identities/store.ts";
export { identityWatchSource } from "./identities/watch-source.ts";
