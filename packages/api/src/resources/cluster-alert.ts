import { create } from "@bufbuild/protobuf";
import { ClusterAlertSchema, ResourceHeaderSchema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** A message to the people of the cluster. */
export const clusterAlertKind = defineKind({
  kind: "cluster_alert",
  plural: "cluster alerts",
  aliases: ["cluster_alerts", "alert", "alerts"],
  versions: ["v1"],
  defaultVersion: "v1",
  schema: ClusterAlertSchema,
  header: (alert) => {
    alert.Header ??= create(ResourceHeaderSchema);
    return alert.Header;
  },
  check: (alert) =>
    (alert.Spec?.Message ?? "") === ""
      ? { path: ["spec", "message"], problem: "the alert has no message" }
      : undefined,
});
