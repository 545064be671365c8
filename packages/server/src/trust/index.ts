// Clusters that trust each other: whom this one trusts, who trusts it, and how they get to know each other.
export type { TrustRoomDeps } from "./deps.ts";
export { exchangeOverHttps } from "./exchange-over-https.ts";
export { handshakeRoutes } from "./handshake-route.ts";
export { olderRemoteClusterRpcs, remoteClusterRpcs, remoteClusterWatchSource } from "./remote-cluster-rpc.ts";
export { checkTrustedCluster } from "./save-trusted-cluster.ts";
export { createRemoteClusterStore, createTrustedClusterStore } from "./store.ts";
export { trustedClusterRpcs, trustServiceClusterRpcs } from "./trusted-cluster-rpc.ts";
