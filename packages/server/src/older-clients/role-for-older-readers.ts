import { clone } from "@bufbuild/protobuf";
import { type RoleV6, RoleV6Schema, type Rule } from "@sallyport/api/gen/teleport/legacy/types/types_pb";

/** What a `where` of version 4 may speak of; a reader refuses all roles for the sake of one that it cannot parse. */
const knownRoots = new Set(["user", "resource", "equals", "contains", "system"]);
const DOWNGRADED_LABEL = "teleport.internal/downgraded";

/**
 * Who reads roles as JSON knows version v3 only. The label says that it is a copy for reading, and such a copy is not
 * taken back: as v3, a role without labels would match everything. An allowance whose condition cannot be said is left
 * out, a denial loses the condition.
 */
export function roleForOlderReaders(role: RoleV6): RoleV6 {
  const strange = [...(role.Spec?.Allow?.Rules ?? []), ...(role.Spec?.Deny?.Rules ?? [])].some(isStrange);
  if (role.Version === "v3" && !strange) return role;
  const copy = clone(RoleV6Schema, role);
  copy.Version = "v3";
  const { Allow, Deny } = copy.Spec ?? {};
  if (Allow !== undefined) Allow.Rules = Allow.Rules.filter((rule) => !isStrange(rule));
  for (const rule of Deny?.Rules ?? []) if (isStrange(rule)) rule.Where = "";
  if (copy.Metadata !== undefined) copy.Metadata.Labels[DOWNGRADED_LABEL] ??= `role version ${role.Version}`;
  return copy;
}

/** By the first word of each name that stands outside of quotes. */
function isStrange({ Where }: Rule): boolean {
  const names = Where.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/[A-Za-z_][\w.]*/g);
  return [...names].some(([name]) => !knownRoots.has(name.split(".")[0] ?? ""));
}
