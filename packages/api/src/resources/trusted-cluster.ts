import { TrustedClusterV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** A cluster whose users may come here, with the roles that the map gives them. */
export const trustedClusterKind = defineKind({
  kind: "trusted_cluster",
  plural: "trusted clusters",
  aliases: ["trusted_clusters", "tc", "cluster", "clusters"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: TrustedClusterV2Schema,
  header: (cluster) => cluster,
  check: ({ Spec }) => {
    const [roles, mappings] = [Spec?.Roles.length ?? 0, Spec?.RoleMap.length ?? 0];
    if (roles > 0 && mappings > 0)
      return { path: ["spec", "role_map"], problem: "give role_map or roles, not both" };
    return roles + mappings === 0
      ? { path: ["spec", "role_map"], problem: "say which roles the users of that cluster have here" }
      : undefined;
  },
});
