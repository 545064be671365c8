import type { RequestConditions, Role } from "../../roles/index.ts";
import type { Requester } from "./requester.ts";
import { type RoleMatcher, roleMatchers } from "./role-matchers.ts";

/** What one role of the requester says about asking. */
export interface RequestPolicy {
  readonly role: Role;
  readonly allow: RequestConditions | undefined;
  readonly deny: RequestConditions | undefined;
  readonly allowed: readonly RoleMatcher[];
  readonly denied: readonly RoleMatcher[];
}

export function readRequestPolicies(requester: Requester): readonly RequestPolicy[] {
  return requester.roles
    .filter((role) => role.allow.request !== undefined || role.deny.request !== undefined)
    .map((role) => readRequestPolicy(role, requester));
}

function readRequestPolicy(role: Role, { traits }: Requester): RequestPolicy {
  const allow = role.allow.request;
  const deny = role.deny.request;
  return {
    role,
    allow,
    deny,
    allowed: roleMatchers(allow, traits, "allow.request"),
    denied: roleMatchers(deny, traits, "deny.request"),
  };
}

/** Whether this role had a part in making the other one requestable, by name or for its resources. */
export function letsAskFor(policy: RequestPolicy, roleName: string): boolean {
  return matchesByName(policy, roleName) || matchesBySearch(policy, roleName);
}

export function matchesByName(policy: RequestPolicy, roleName: string): boolean {
  return policy.allowed.some((matcher) => matcher.matches(roleName));
}

export function matchesBySearch(policy: RequestPolicy, roleName: string): boolean {
  return policy.allow?.searchAsRoles.includes(roleName) ?? false;
}
