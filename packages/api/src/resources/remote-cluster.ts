import { RemoteClusterV3Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** A cluster that trusts this one. It comes about by itself when that cluster introduces itself. */
export const remoteClusterKind = defineKind({
  kind: "remote_cluster",
  plural: "remote clusters",
  aliases: ["remote_clusters", "rc", "rcs"],
  versions: ["v3"],
  defaultVersion: "v3",
  schema: RemoteClusterV3Schema,
  header: (cluster) => cluster,
});
