import { nearestName } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { namesOf } from "../kinds/suggest-names.ts";
import { quoted } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { CheckedResource } from "./check-documents.ts";
import { describePlace } from "./document.ts";
import { locate } from "./locate.ts";

/**
 * A user may name roles that are created later, so a role that is neither in the source nor in the cluster is no
 * mistake; but often it is a slip of the finger, and then nobody would hear of it before the user is refused.
 */
export async function warnOfMissingRoles(
  client: Client,
  terminal: Terminal,
  resources: readonly CheckedResource[],
): Promise<void> {
  const created = resources.filter(({ resource }) => resource.kind === "role").map(({ name }) => name);
  const missing = resources.flatMap(rolesNamed).filter(({ role }) => !created.includes(role));
  if (missing.length === 0) return;
  const stored = await namesOf(client, "role");
  if (stored === undefined) return;
  const known = [...created, ...stored];
  for (const { user, role, index } of missing.filter((one) => !known.includes(one.role))) {
    const place = describePlace(user.document, locate(user.document, ["spec", "roles", index]));
    const near = nearestName(role, known);
    const mend = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
    terminal.note(`warning: ${place}: there is no role ${quoted(role)} yet${mend}`);
  }
}

function rolesNamed(user: CheckedResource) {
  if (user.resource.kind !== "user") return [];
  return (user.resource.message.Spec?.Roles ?? []).map((role, index) => ({ user, role, index }));
}
