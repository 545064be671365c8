import type { TrustedClusterV2 } from "@sallyport/api";
import { kindActions } from "./kind-actions.ts";
import { nameOf } from "./show-values.ts";

export const trustedClusterActions = kindActions<"trusted_cluster">({
  kind: "trusted_cluster",
  list: (client) => client.trustedClusters.list(),
  get: (client, name) => client.trustedClusters.get(name),
  create: (client, cluster) => client.trustedClusters.create(cluster),
  upsert: (client, cluster) => client.trustedClusters.upsert(cluster),
  update: (client, cluster) => client.trustedClusters.update(cluster),
  remove: (client, name) => client.trustedClusters.delete(name),
  table: (clusters) => ({
    headers: ["Name", "Enabled", "Token", "Proxy Address", "Reverse Tunnel Address", "Role Map"],
    rows: clusters.map((cluster) => [
      nameOf(cluster),
      String(cluster.Spec?.Enabled ?? false),
      // A token lets clusters in for as long as it lives; whoever needs it asks for the document.
      cluster.Spec?.Token === "" ? "" : "***",
      cluster.Spec?.ProxyAddress ?? "",
      cluster.Spec?.ReverseTunnelAddress ?? "",
      showMap(cluster),
    ]),
    shrink: "Role Map",
  }),
});

function showMap({ Spec: spec }: TrustedClusterV2): string {
  if (spec === undefined) return "";
  if (spec.Roles.length > 0) return `*:${spec.Roles.join(",")}`;
  return spec.RoleMap.map(({ Remote, Local }) => `${Remote}:${Local.join(",")}`).join(" ");
}
