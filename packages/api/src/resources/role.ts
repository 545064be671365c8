import { RoleV6Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** What its holders may do, and what they may not. The version decides the defaults, so it must be stated. */
export const roleKind = defineKind({
  kind: "role",
  plural: "roles",
  aliases: ["roles"],
  versions: ["v3", "v4", "v5", "v6", "v7", "v8"],
  defaultVersion: undefined,
  schema: RoleV6Schema,
  header: (role) => role,
});
