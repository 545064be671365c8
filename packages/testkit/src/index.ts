// A cluster in a test's own process.
export type {
  Cluster,
  ClusterOptions,
  CredentialOptions,
  RoleDocument,
  TestClock,
} from "./cluster/cluster.ts";
export { MovingClock } from "./cluster/moving-clock.ts";
export { startCluster } from "./cluster/start-cluster.ts";
export { ManualClock } from "./manual-clock.ts";
