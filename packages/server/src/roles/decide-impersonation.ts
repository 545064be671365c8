import { isAppError } from "@sallyport/api";
import { type ExpressionUser, parseImpersonateWhere, parseMatcher } from "../expressions/index.ts";
import type { RuleSubject, Verdict } from "../rpc/caller.ts";
import type { ImpersonateConditions, Role } from "./role.ts";

/** Who is to be impersonated: a user with all of their roles, or roles alone (`user` undefined). */
export interface Impersonation {
  readonly user: ExpressionUser | undefined;
  readonly roles: readonly { readonly name: string; readonly subject: RuleSubject }[];
}

/** Whether any role could let its holder impersonate a user. */
export function mayImpersonateSomebody(roles: readonly Role[]): boolean {
  return roles.some(({ allow: { impersonate } }) => impersonate !== undefined && isForUsers(impersonate));
}

/**
 * May the caller act as this user, or with these roles? One allowance has to cover all of it; a denial hits on
 * the user or on any one role. Traits have been applied to the roles.
 */
export function decideImpersonation(
  roles: readonly Role[],
  caller: ExpressionUser,
  wish: Impersonation,
): Verdict {
  if (wish.roles.length === 0) {
    return { allow: false, explicit: false, because: "there are no roles to impersonate" };
  }
  for (const role of roles) {
    const { impersonate } = role.deny;
    if (impersonate !== undefined && denies(impersonate, wish)) {
      return { allow: false, explicit: true, because: `role ${JSON.stringify(role.name)} denies it` };
    }
  }
  for (const role of roles) {
    const { impersonate } = role.allow;
    if (impersonate !== undefined && allows(impersonate, caller, wish)) {
      return { allow: true, because: `impersonate of role ${JSON.stringify(role.name)}` };
    }
  }
  return { allow: false, explicit: false, because: "no role allows to impersonate all of this" };
}

const isForUsers = ({ users, roles }: ImpersonateConditions) => users.length > 0 && roles.length > 0;
const isForRoles = ({ users, roles }: ImpersonateConditions) => users.length === 0 && roles.length > 0;

function denies(conditions: ImpersonateConditions, wish: Impersonation): boolean {
  const hitsRole = () => wish.roles.some((role) => matchesAny(conditions.roles, role.name, true));
  if (wish.user === undefined) return isForRoles(conditions) && hitsRole();
  return isForUsers(conditions) && (matchesAny(conditions.users, wish.user.name, true) || hitsRole());
}

function allows(conditions: ImpersonateConditions, caller: ExpressionUser, wish: Impersonation): boolean {
  if (wish.user === undefined ? !isForRoles(conditions) : !isForUsers(conditions)) return false;
  if (wish.user !== undefined && !matchesAny(conditions.users, wish.user.name, false)) return false;
  return wish.roles.every(
    (role) =>
      matchesAny(conditions.roles, role.name, false) &&
      holds(conditions.where, caller, wish.user, role.subject),
  );
}

function holds(
  where: string,
  caller: ExpressionUser,
  user: ExpressionUser | undefined,
  role: RuleSubject,
): boolean {
  if (where.trim() === "") return true;
  return failsTo(false, () =>
    parseImpersonateWhere(where).evaluate({
      user: caller,
      impersonateRole: role,
      ...(user === undefined ? {} : { impersonateUser: user }),
    }),
  );
}

function matchesAny(patterns: readonly string[], name: string, onFailure: boolean): boolean {
  return patterns.some((pattern) => failsTo(onFailure, () => parseMatcher(pattern).matches(name)));
}

/** What is stored and cannot be read falls on the side of no access. */
function failsTo(onFailure: boolean, decide: () => boolean): boolean {
  try {
    return decide();
  } catch (error) {
    if (isAppError(error)) return onFailure;
    throw error;
  }
}
