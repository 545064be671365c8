import { gather } from "../connection/gather.ts";
import { kindActions } from "./kind-actions.ts";
import { nameOf } from "./show-values.ts";

export const userActions = kindActions<"user">({
  kind: "user",
  list: (client) => gather(client.users.list()),
  get: (client, name) => client.users.get(name),
  create: (client, user) => client.users.create(user),
  upsert: (client, user) => client.users.upsert(user),
  update: (client, user) => client.users.update(user),
  remove: (client, name) => client.users.delete(name),
  table: (users) => ({
    headers: ["User", "Roles"],
    rows: users.map((user) => [nameOf(user), user.Spec?.Roles.join(",") ?? ""]),
    shrink: "Roles",
  }),
});
