import { AuthPreferenceV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** How people log in to the cluster. */
export const clusterAuthPreferenceKind = defineKind({
  kind: "cluster_auth_preference",
  plural: "cluster authentication preferences",
  aliases: ["cap", "cluster_auth_preferences", "cluster_authentication_preference", "auth_preference"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: AuthPreferenceV2Schema,
  singleton: "cluster-auth-preference",
  header: (preference) => preference,
});
