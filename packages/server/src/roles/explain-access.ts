import type { ExpressionUser } from "../expressions/index.ts";
import type { RuleSubject, Verb, Verdict } from "../rpc/caller.ts";
import { type ConsideredRule, considerRules } from "./consider-rules.ts";
import { decideAccess, widerKindOf } from "./decide-access.ts";
import type { Role } from "./role.ts";

export interface AccessExplanation {
  readonly verdict: Verdict;
  /** In the order they were looked at; the last one decided, unless none did. */
  readonly considered: readonly ConsideredRule[];
}

/** Why somebody may or may not do this: the decision that is enforced, with the rules it went through. */
export function explainAccess(
  roles: readonly Role[],
  user: ExpressionUser,
  verb: Verb,
  kind: string,
  subject?: RuleSubject,
): AccessExplanation {
  const considered = [...considerRules(roles, { user, kind, verb, subject })];
  const wider = widerKindOf(kind);
  if (wider !== undefined && considered.at(-1)?.decides === undefined) {
    considered.push(...considerRules(roles, { user, kind: wider, verb, subject }));
  }
  return { verdict: decideAccess(roles, user, kind, [verb], subject), considered };
}
