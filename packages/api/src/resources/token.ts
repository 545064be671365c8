import { ProvisionTokenV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** What a machine shows to join the cluster. For the join method `token` its name is the secret. */
export const tokenKind = defineKind({
  kind: "token",
  plural: "tokens",
  aliases: ["tokens", "provision_token", "provision_tokens"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: ProvisionTokenV2Schema,
  header: (token) => token,
  check: (token) =>
    (token.Spec?.Roles.length ?? 0) === 0
      ? { path: ["spec", "roles"], problem: "at least one system role is needed, for example [Node]" }
      : undefined,
});
