import type { RoleMatcher } from "../role-matchers.ts";
import type { RequestPolicy } from "./request-policy.ts";

/** A line of a role that had a say. */
export interface RuleReference {
  readonly role: string;
  readonly rule: string;
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

export function mayAskFor(
  policies: readonly RequestPolicy[],
  roleName: string,
  askingFor: AskingFor,
): boolean {
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
  const byName = policy.denied.filter((matcher) => matcher.matches(roleName));
  const rules = byName.map((matcher) => referTo(policy, matcher));
  if (askingFor === "resources" && policy.deny?.searchAsRoles.includes(roleName)) {
    rules.push({ role: policy.role.name, rule: `deny.request.search_as_roles: ${roleName}` });
  }
  return rules;
}

function allowingRules(policy: RequestPolicy, roleName: string, askingFor: AskingFor): RuleReference[] {
  if (askingFor === "roles") {
    return policy.allowed
      .filter((matcher) => matcher.matches(roleName))
      .map((matcher) => referTo(policy, matcher));
  }
  if (!policy.allow?.searchAsRoles.includes(roleName)) return [];
  return [{ role: policy.role.name, rule: `allow.request.search_as_roles: ${roleName}` }];
}

function referTo(policy: RequestPolicy, matcher: RoleMatcher): RuleReference {
  return { role: policy.role.name, rule: matcher.rule };
}
