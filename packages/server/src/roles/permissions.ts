import type { ExpressionUser } from "../expressions/index.ts";
import type { Permissions } from "../rpc/caller.ts";
import { decideAccess } from "./decide-access.ts";
import { withImplicitRole } from "./implicit-role.ts";
import type { Role } from "./role.ts";

/** What the holder of these roles may do. Every set but that of a lone Nop gets the implicit role as well. */
export function permissionsOf(roles: readonly Role[], user: ExpressionUser): Permissions {
  const all = withImplicitRole(roles);
  return { check: (kind, verbs, subject) => decideAccess(all, user, kind, verbs, subject) };
}
