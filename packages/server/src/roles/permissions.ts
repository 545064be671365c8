import type { ExpressionUser } from "../expressions/index.ts";
import type { Permissions, Verdict } from "../rpc/caller.ts";
import { decideAccess } from "./decide-access.ts";
import { decideResourceAccess } from "./decide-resource-access.ts";
import { withImplicitRole } from "./implicit-role.ts";
import { mayEver } from "./may-ever.ts";
import type { Role } from "./role.ts";

/** Questions are few, except where somebody writes kinds of their own into alerts. */
const MAX_KEPT = 500;

/**
 * What the holder of these roles may do. Every set but that of a lone Nop gets the implicit role as well. Without an
 * object a verdict rests on roles, user and question alone, so it is kept.
 */
export function permissionsOf(roles: readonly Role[], user: ExpressionUser): Permissions {
  const all = withImplicitRole(roles);
  const kept = new Map<string, Verdict>();
  return {
    check: (kind, verbs, subject) => {
      if (subject !== undefined) return decideAccess(all, user, kind, verbs, subject);
      // Not joined texts, which two questions could share.
      const question = JSON.stringify([kind, verbs]);
      const known = kept.get(question);
      if (known !== undefined) return known;
      const verdict = decideAccess(all, user, kind, verbs);
      if (kept.size < MAX_KEPT) kept.set(question, verdict);
      return verdict;
    },
    mayEver: (kind, verbs) => mayEver(all, kind, verbs),
    mayReachCluster: (labels) => decideResourceAccess(all, user.traits, { kind: "cluster", labels }),
  };
}
