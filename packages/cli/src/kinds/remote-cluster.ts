import { kindActions } from "./kind-actions.ts";
import { nameOf, showInstant, showLabels } from "./show-values.ts";

/** They come about by themselves, so none is made here. */
export const remoteClusterActions = kindActions<"remote_cluster">({
  kind: "remote_cluster",
  list: (client) => Array.fromAsync(client.remoteClusters.list()),
  get: (client, name) => client.remoteClusters.get(name),
  update: (client, cluster) => client.remoteClusters.update(cluster),
  remove: (client, name) => client.remoteClusters.delete(name),
  table: (clusters) => ({
    headers: ["Name", "Status", "Last Heartbeat", "Labels", "Expires"],
    rows: clusters.map((cluster) => [
      nameOf(cluster),
      cluster.Status?.Connection ?? "",
      showInstant(cluster.Status?.LastHeartbeat),
      showLabels(cluster.Metadata?.Labels),
      showInstant(cluster.Metadata?.Expires),
    ]),
  }),
});
