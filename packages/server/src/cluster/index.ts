// The cluster itself: its name, singleton configurations, alerts and semaphores.

export { alertRpcs, checkAlert, openAlertStore } from "./alerts/index.ts";
export { applyConfigFile } from "./apply-config-file.ts";
export { requiresSessionMfa } from "./auth-preference.ts";
export {
  type ClusterConfigs,
  type ClusterIdentity,
  createClusterConfigs,
  settleClusterIdentity,
} from "./cluster.ts";
export { type ClusterConfig, ORIGIN_LABEL } from "./cluster-config.ts";
export { clusterConfigRpcs, olderConfigRpcs } from "./config-rpc.ts";
export { type PingDeps, pingRpcs } from "./ping-rpc.ts";
export { openSemaphoreStore, semaphoreRpcs } from "./semaphores/index.ts";
export { suiteOf } from "./signature-suite.ts";
export { clusterWatchSources } from "./watch-sources.ts";
