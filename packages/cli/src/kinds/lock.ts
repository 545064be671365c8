import type { LockTarget } from "@sallyport/api";
import { kindActions } from "./kind-actions.ts";
import { nameOf, showInstant } from "./show-values.ts";

export const lockActions = kindActions<"lock">({
  kind: "lock",
  list: (client) => client.locks.list(),
  get: (client, name) => client.locks.get(name),
  upsert: (client, lock) => client.auth.upsertLock(lock),
  update: (client, lock) => client.auth.upsertLock(lock),
  remove: (client, name) => client.locks.delete(name),
  table: (locks) => ({
    headers: ["ID", "Target", "Message", "Expires"],
    rows: locks.map((lock) => [
      nameOf(lock),
      showTarget(lock.Spec?.Target),
      lock.Spec?.Message ?? "",
      showInstant(lock.Spec?.Expires),
    ]),
    shrink: "Message",
  }),
});

/** `user=alice`, with every target that is set. */
function showTarget(target: LockTarget | undefined): string {
  return Object.entries(target ?? {})
    .filter(([key, value]) => !key.startsWith("$") && typeof value === "string" && value !== "")
    .map(([key, value]) => `${key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}=${value}`)
    .join(",");
}
