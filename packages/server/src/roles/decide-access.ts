import type { ExpressionUser } from "../expressions/index.ts";
import type { RuleSubject, Verb, Verdict } from "../rpc/caller.ts";
import { type AccessQuestion, type ConsideredRule, considerRules } from "./consider-rules.ts";
import type { Role } from "./role.ts";

/** A kind that may be granted under a wider name as well. */
const widerKinds: Readonly<Record<string, string>> = {
  oidc: "auth_connector",
  saml: "auth_connector",
  github: "auth_connector",
  aws_identity_center: "identity_center",
  identity_center_account: "identity_center",
  identity_center_account_assignment: "identity_center",
  identity_center_principal_assignment: "identity_center",
};

/** May the user do all of this to objects of the kind? Denials of all roles come before any allowance. */
export function decideAccess(
  roles: readonly Role[],
  user: ExpressionUser,
  kind: string,
  verbs: readonly Verb[],
  subject?: RuleSubject,
): Verdict {
  const verdict = decideVerbs(roles, user, kind, verbs, subject);
  const wider = widerKindOf(kind);
  if (verdict.allow || verdict.explicit || wider === undefined) return verdict;
  const widerVerdict = decideVerbs(roles, user, wider, verbs, subject);
  return widerVerdict.allow || widerVerdict.explicit ? widerVerdict : verdict;
}

/** The kind whose rules count where none names `kind` itself. */
export function widerKindOf(kind: string): string | undefined {
  return Object.hasOwn(widerKinds, kind) ? widerKinds[kind] : undefined;
}

function decideVerbs(
  roles: readonly Role[],
  user: ExpressionUser,
  kind: string,
  verbs: readonly Verb[],
  subject: RuleSubject | undefined,
): Verdict {
  if (verbs.length === 0) return { allow: false, explicit: false, because: "no verb was asked for" };
  const reasons = new Set<string>();
  for (const verb of verbs) {
    const verdict = decideVerb(roles, { user, kind, verb, subject });
    if (!verdict.allow) return verdict;
    reasons.add(verdict.because);
  }
  return { allow: true, because: [...reasons].join("; ") };
}

function decideVerb(roles: readonly Role[], question: AccessQuestion): Verdict {
  for (const rule of considerRules(roles, question)) {
    if (rule.decides === "allow") return { allow: true, because: nameRule(rule) };
    if (rule.decides === "deny") return { allow: false, explicit: true, because: nameRule(rule) };
  }
  const because = `no rule of ${nameRoles(roles)} allows ${question.verb} on ${question.kind}`;
  return { allow: false, explicit: false, because };
}

/** `role "ops", deny rule 2 (user, role: update)`, with what went wrong where something did. */
function nameRule(rule: ConsideredRule): string {
  const name = `role ${JSON.stringify(rule.role)}, ${rule.side} rule ${rule.number}`;
  const words = `${name} (${rule.resources.join(", ")}: ${rule.verbs.join(", ")})`;
  return rule.outcome === "matches" ? words : `${words}: ${rule.outcome}: ${rule.detail}`;
}

function nameRoles(roles: readonly Role[]): string {
  return roles.length === 0 ? "no role" : `the roles ${roles.map((role) => role.name).join(", ")}`;
}
