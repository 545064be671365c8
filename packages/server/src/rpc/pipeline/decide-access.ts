import type { Caller, SystemRole } from "../caller.ts";
import type { Access } from "../table.ts";

/** `message` is for the caller, `because` for those who may know which role or rule decided. */
export type AccessDecision =
  | { readonly allow: true }
  | { readonly allow: false; readonly message: string; readonly because: string };

const allowed: AccessDecision = { allow: true };

/** Whether a caller may call a method, as far as that can be told without the message. Nothing said means no. */
export function decideAccess(access: Access, caller: Caller): AccessDecision {
  if ("anyone" in access && access.anyone === true) return allowed;
  if (caller.kind === "anonymous") {
    const message = "access denied: this call needs a client certificate";
    return { allow: false, message, because: "no client certificate" };
  }
  if ("decidedBy" in access && access.decidedBy !== "") return allowed;
  if ("systemRoles" in access) return decideSystemRole(access.systemRoles, caller);
  if ("kind" in access && access.verbs.length > 0) return decideRule(access.kind, access.verbs, caller);
  return { allow: false, message: "access denied", because: "the method does not say who may call it" };
}

function decideSystemRole(needed: readonly SystemRole[], caller: Caller): AccessDecision {
  const held: readonly string[] = caller.kind === "system" ? caller.roles : [];
  if (needed.some((role) => held.includes(role))) return allowed;
  const message = `access denied: this call is for services of the cluster (${needed.join(", ")})`;
  return { allow: false, message, because: `the caller has none of the system roles ${needed.join(", ")}` };
}

function decideRule(
  kind: string,
  verbs: Parameters<Caller["permissions"]["check"]>[1],
  caller: Caller,
): AccessDecision {
  const verdict = caller.permissions.check(kind, verbs);
  if (verdict.allow) return allowed;
  const message = `access denied: ${caller.name} may not ${verbs.join(" and ")} ${kind}`;
  return { allow: false, message, because: verdict.because };
}
