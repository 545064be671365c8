import { kindActions } from "./kind-actions.ts";
import { nameOf, showInstant, showLabels } from "./show-values.ts";

export const tokenActions = kindActions<"token">({
  kind: "token",
  list: (client) => client.tokens.list(),
  get: (client, name) => client.tokens.get(name),
  create: (client, token) => client.tokens.create(token),
  upsert: (client, token) => client.tokens.upsert(token),
  update: (client, token) => client.tokens.upsert(token),
  remove: (client, name) => client.tokens.delete(name),
  table: (tokens) => ({
    headers: ["Token", "Type", "Labels", "Expiry Time (UTC)"],
    rows: tokens.map((token) => [
      nameOf(token),
      token.Spec?.Roles.join(",") ?? "",
      showLabels(token.Metadata?.Labels),
      showInstant(token.Metadata?.Expires),
    ]),
  }),
});
