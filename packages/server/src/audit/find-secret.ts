import { isSecretName } from "../kernel/redact.ts";

const MAX_DEPTH = 8;

/** What users name as they like; a label called `token` is not a secret of ours. */
const userNamed: ReadonlySet<string> = new Set([
  "annotations",
  "app_labels",
  "attributes",
  "db_labels",
  "kubernetes_labels",
  "labels",
  "plugin_data",
  "server_labels",
  "traits",
  "user_traits",
]);

/** The first field of an audit entry, however deep, that is named like a secret. */
export function findSecret(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return undefined;
  for (const [name, item] of Object.entries(value)) {
    if (!Array.isArray(value) && isSecretName(name)) return name;
    const inner = userNamed.has(name) ? undefined : findSecret(item, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
