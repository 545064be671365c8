import { CertAuthorityV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** Keys that sign the certificates of one type for one cluster. Named `type/cluster`. */
export const certAuthorityKind = defineKind({
  kind: "cert_authority",
  plural: "certificate authorities",
  aliases: ["cert_authorities", "cas", "ca"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: CertAuthorityV2Schema,
  header: (authority) => authority,
  name: (authority) => `${authority.Spec?.Type ?? ""}/${authority.Spec?.ClusterName ?? ""}`,
  check: ({ Spec }) => {
    if ((Spec?.Type ?? "") === "") return { path: ["spec", "type"], problem: "the type is missing" };
    return (Spec?.ClusterName ?? "") === ""
      ? { path: ["spec", "cluster_name"], problem: "the name of the cluster is missing" }
      : undefined;
  },
});
