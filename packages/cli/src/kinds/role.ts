import { gather } from "../connection/gather.ts";
import { kindActions } from "./kind-actions.ts";
import { nameOf, showListLabels } from "./show-values.ts";

export const roleActions = kindActions<"role">({
  kind: "role",
  list: (client) => gather(client.roles.list()),
  get: (client, name) => client.roles.get(name),
  create: (client, role) => client.roles.create(role),
  upsert: (client, role) => client.roles.upsert(role),
  update: (client, role) => client.roles.update(role),
  remove: (client, name) => client.roles.delete(name),
  table: (roles) => ({
    headers: ["Role", "Allowed to login as", "Node Labels", "Access to resources"],
    rows: roles.map((role) => [
      nameOf(role),
      role.Spec?.Allow?.Logins.join(",") ?? "",
      showListLabels(role.Spec?.Allow?.NodeLabels),
      (role.Spec?.Allow?.Rules ?? [])
        .map((rule) => `${rule.Resources.join(",")}:${rule.Verbs.join(",")}`)
        .join(" "),
    ]),
    shrink: "Access to resources",
  }),
});
