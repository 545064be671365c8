import type { Traits } from "@sallyport/api";
import { mapClaims, parseRoleMatcher } from "../expressions/index.ts";
import type { ClaimMapping } from "../roles/index.ts";

/** One line of a role that names other roles; `rule` says which, for people. */
export interface RoleMatcher {
  readonly rule: string;
  matches(roleName: string): boolean;
}

/** Where in a role the list stands. */
export type MatcherPlace =
  | "allow.request"
  | "deny.request"
  | "allow.review_requests"
  | "deny.review_requests";

interface RoleNaming {
  readonly roles: readonly string[];
  readonly claimsToRoles: readonly ClaimMapping[];
}

/** The roles that the conditions name for somebody with these traits. */
export function roleMatchers(
  naming: RoleNaming | undefined,
  traits: Traits,
  place: MatcherPlace,
): readonly RoleMatcher[] {
  if (naming === undefined) return [];
  const named = parsedPatterns(naming.roles, place);
  if (naming.claimsToRoles.length === 0) return named;
  return [...named, ...naming.claimsToRoles.flatMap((mapping) => claimMatchers(mapping, traits, place))];
}

/** Patterns do not depend on the user, so each list of a cached role is parsed once. */
const patternsOf = new WeakMap<readonly string[], Map<MatcherPlace, readonly RoleMatcher[]>>();

function parsedPatterns(patterns: readonly string[], place: MatcherPlace): readonly RoleMatcher[] {
  const known = patternsOf.get(patterns) ?? new Map<MatcherPlace, readonly RoleMatcher[]>();
  patternsOf.set(patterns, known);
  const parsed =
    known.get(place) ?? patterns.map((text) => patternMatcher(text, `${place}.roles: ${text}`, place));
  known.set(place, parsed);
  return parsed;
}

/** A stored pattern that cannot be read never widens access: an allow matches nothing, a deny everything. */
function patternMatcher(text: string, rule: string, place: MatcherPlace): RoleMatcher {
  try {
    const matcher = parseRoleMatcher(text);
    return { rule, matches: (name) => matcher.matches(name) };
  } catch {
    return unreadable(rule, place);
  }
}

/** Roles made from a trait's text are compared as they are: a trait `*` never becomes a pattern. */
function claimMatchers(mapping: ClaimMapping, traits: Traits, place: MatcherPlace): readonly RoleMatcher[] {
  const rule = `${place}.claims_to_roles: ${mapping.claim}=${mapping.value}`;
  try {
    return mapClaims([mapping], traits).map((name) =>
      !name.includes("$") && mapping.roles.includes(name)
        ? patternMatcher(name, `${rule} → ${name}`, place)
        : { rule: `${rule} → ${name}`, matches: (other) => other === name },
    );
  } catch {
    return [unreadable(rule, place)];
  }
}

function unreadable(rule: string, place: MatcherPlace): RoleMatcher {
  const denies = place.startsWith("deny.");
  return { rule: `${rule} (cannot be read)`, matches: () => denies };
}
