import type { RequestPolicy } from "./request-policy.ts";
import type { RuleReference } from "./requestable-roles.ts";
import type { Requester } from "./requester.ts";

/** The line that makes a reason mandatory for one of the roles; undefined where it stays optional. */
export function findReasonRule(
  requester: Requester,
  policies: readonly RequestPolicy[],
  roles: readonly string[],
): RuleReference | undefined {
  const asking = requester.roles.find((role) => role.options.requestAccess === "reason");
  if (asking !== undefined) return { role: asking.name, path: "spec.options.request_access", text: "reason" };
  const policy = policies.find((each) => needsReason(each, roles));
  if (policy === undefined) return undefined;
  return { role: policy.role.name, path: "spec.allow.request.reason.mode", text: "required" };
}

/** The mode concerns what the role lets its holders ask for, named literally, and not the role itself. */
function needsReason({ allow }: RequestPolicy, roles: readonly string[]): boolean {
  if (allow?.reasonMode !== "required") return false;
  return roles.some((name) => allow.roles.includes(name) || allow.searchAsRoles.includes(name));
}

/** What the roles would have the user asked, in a stable order. */
export function reasonPrompts(requester: Requester): readonly string[] {
  const prompts = requester.roles.map((role) => role.options.requestPrompt.trim());
  return [...new Set(prompts)].filter((prompt) => prompt !== "").sort();
}
