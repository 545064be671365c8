import { RESOURCE_TYPE_LABEL } from "./preset-roles.ts";
import type { Role, Rule } from "./role.ts";

/**
 * The default rules that a stored preset lacks. A kind that the role names anywhere, also to deny it, is the
 * administrator's own affair, and so is a role without the label of a preset.
 */
export function missingRules(stored: Role, preset: Role): readonly Rule[] {
  const type = stored.labels[RESOURCE_TYPE_LABEL];
  if (type !== "preset" && type !== "system") return [];
  const named = new Set([...stored.allow.rules, ...stored.deny.rules].flatMap((rule) => rule.resources));
  return preset.allow.rules.filter((rule) => !rule.resources.some((kind) => named.has(kind)));
}
