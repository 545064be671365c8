import type { RequestPolicy } from "./request-policy.ts";
import type { RoleMatcher } from "./role-matchers.ts";

/** A line of a role that had a say. */
export interface RuleReference {
  readonly role: string;
  /** For example `spec.allow.request.roles[0]`. */
  readonly path: string;
  readonly text: string;
}

/** May one role be asked for? `by` names the lines that allow it, or the ones that forbid it (none: nothing allows). */
export interface RoleVerdict {
  readonly allow: boolean;
  readonly by: readonly RuleReference[];
}

/** How roles are asked for: by their names, or for the resources that they open (`search_as_roles`). */
export type AskingFor = "roles" | "resources";

/** Deny comes first. */
export function decideRole(
  policies: readonly RequestPolicy[],
  roleName: string,
  askingFor: AskingFor,
): RoleVerdict {
  const forbids = policies.flatMap((policy) => forbiddingRules(policy, roleName, askingFor));
  if (forbids.length > 0) return { allow: false, by: forbids };
  const allows = policies.flatMap((policy) => allowingRules(policy, roleName, askingFor));
  return { allow: allows.length > 0, by: allows };
}

function mayAskFor(policies: readonly RequestPolicy[], roleName: string, askingFor: AskingFor): boolean {
  return decideRole(policies, roleName, askingFor).allow;
}

/** All roles that could be asked for by name and are not held already. */
export function requestableRoles(
  policies: readonly RequestPolicy[],
  roleNames: readonly string[],
  held: readonly string[],
): readonly string[] {
  return roleNames.filter((name) => !held.includes(name) && mayAskFor(policies, name, "roles")).sort();
}

/** All roles that may be asked for on behalf of a resource. */
export function searchableRoles(policies: readonly RequestPolicy[]): readonly string[] {
  const named = new Set(policies.flatMap((policy) => policy.allow?.searchAsRoles ?? []));
  return [...named].filter((name) => mayAskFor(policies, name, "resources")).sort();
}

function forbiddingRules(policy: RequestPolicy, roleName: string, askingFor: AskingFor): RuleReference[] {
  const byName = rulesThatMatch(policy, policy.denied, roleName);
  return askingFor === "roles" ? byName : [...byName, ...searchRules(policy, "deny", roleName)];
}

function allowingRules(policy: RequestPolicy, roleName: string, askingFor: AskingFor): RuleReference[] {
  return askingFor === "roles"
    ? rulesThatMatch(policy, policy.allowed, roleName)
    : searchRules(policy, "allow", roleName);
}

function rulesThatMatch(
  { role }: RequestPolicy,
  matchers: readonly RoleMatcher[],
  roleName: string,
): RuleReference[] {
  return matchers
    .filter((matcher) => matcher.matches(roleName))
    .map(({ path, text }) => ({ role: role.name, path, text }));
}

/** These are role names, never patterns. */
function searchRules(policy: RequestPolicy, side: "allow" | "deny", roleName: string): RuleReference[] {
  const index = policy[side]?.searchAsRoles.indexOf(roleName) ?? -1;
  if (index < 0) return [];
  const path = `spec.${side}.request.search_as_roles[${index}]`;
  return [{ role: policy.role.name, path, text: roleName }];
}
