import { formatDuration } from "@sallyport/api";
import { kindActions } from "./kind-actions.ts";

export const clusterNetworkingConfigActions = kindActions<"cluster_networking_config">({
  kind: "cluster_networking_config",
  list: async (client) => [await client.clusterConfig.getClusterNetworkingConfig()],
  get: (client) => client.clusterConfig.getClusterNetworkingConfig(),
  upsert: (client, config) =>
    client.clusterConfig.upsertClusterNetworkingConfig({ clusterNetworkConfig: config }),
  update: (client, config) =>
    client.clusterConfig.updateClusterNetworkingConfig({ clusterNetworkConfig: config }),
  remove: (client) => client.clusterConfig.resetClusterNetworkingConfig(),
  table: (configs) => ({
    headers: [
      "Client Idle Timeout",
      "Keep Alive Interval",
      "Keep Alive Count Max",
      "Session Control Timeout",
    ],
    rows: configs.map(({ Spec }) => [
      showNanos(Spec?.ClientIdleTimeout),
      showNanos(Spec?.KeepAliveInterval),
      `${Spec?.KeepAliveCountMax ?? 0}`,
      showNanos(Spec?.SessionControlTimeout),
    ]),
  }),
});

const showNanos = (nanos = 0n): string => formatDuration(Number(nanos / 1_000_000n));
