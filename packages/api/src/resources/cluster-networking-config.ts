import { ClusterNetworkingConfigV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** Timeouts and routes of the cluster. */
export const clusterNetworkingConfigKind = defineKind({
  kind: "cluster_networking_config",
  plural: "cluster networking configurations",
  aliases: ["networking_config", "networking", "net_config", "netconfig"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: ClusterNetworkingConfigV2Schema,
  singleton: "cluster-networking-config",
  header: (config) => config,
});
