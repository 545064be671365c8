import type { Traits } from "@sallyport/api";
import { mapClaimsToPatterns, parseRoleMatcher } from "../../expressions/index.ts";
import type { ClaimMapping } from "../../roles/index.ts";

/** One line of a role that names other roles: where it stands and what it says, for people. */
export interface RoleMatcher {
  /** For example `spec.allow.request.roles[0]`. */
  readonly path: string;
  readonly text: string;
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
  const claimed = naming.claimsToRoles.flatMap((mapping, index) =>
    claimMatchers(mapping, traits, { place, path: `spec.${place}.claims_to_roles[${index}]` }),
  );
  return [...named, ...claimed];
}

/** Patterns do not depend on the user, so each list of a cached role is parsed once. */
const patternsOf = new WeakMap<readonly string[], Map<MatcherPlace, readonly RoleMatcher[]>>();

function parsedPatterns(patterns: readonly string[], place: MatcherPlace): readonly RoleMatcher[] {
  const places = patternsOf.get(patterns) ?? new Map<MatcherPlace, readonly RoleMatcher[]>();
  patternsOf.set(patterns, places);
  const known = places.get(place);
  if (known !== undefined) return known;
  const parsed = patterns.map((text, index) =>
    patternMatcher(text, { place, path: `spec.${place}.roles[${index}]` }),
  );
  places.set(place, parsed);
  return parsed;
}

interface Line {
  readonly place: MatcherPlace;
  readonly path: string;
}

/** A stored pattern that cannot be read never widens access: an allow matches nothing, a deny everything. */
function patternMatcher(text: string, line: Line): RoleMatcher {
  try {
    const matcher = parseRoleMatcher(text);
    return { path: line.path, text, matches: (name) => matcher.matches(name) };
  } catch {
    return unreadable(text, line);
  }
}

/** Roles made from a trait's text are compared as they are: a trait `*` never becomes a pattern. */
function claimMatchers(mapping: ClaimMapping, traits: Traits, line: Line): readonly RoleMatcher[] {
  const claim = `${mapping.claim}=${mapping.value}`;
  try {
    return mapClaimsToPatterns([mapping], traits).map(({ role, isFilled }) =>
      isFilled
        ? { path: line.path, text: `${claim} → ${role}`, matches: (other) => other === role }
        : patternMatcher(role, line),
    );
  } catch {
    return [unreadable(claim, line)];
  }
}

function unreadable(text: string, { place, path }: Line): RoleMatcher {
  const denies = place.startsWith("deny.");
  return { path, text: `${text} (cannot be read)`, matches: () => denies };
}
