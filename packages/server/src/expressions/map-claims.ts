import type { Traits } from "@sallyport/api";
import { compileRegexp, globToRegexp, isRegexp } from "./pattern.ts";
import { fillGroups, findGroups, hasReference } from "./regexp-replace.ts";

export interface ClaimMapping {
  readonly claim: string;
  /** Literal, glob, or `^…$`; `*` and groups are what `$1` stands for in the roles. */
  readonly value: string;
  readonly roles: readonly string[];
}

export interface MappedRole {
  readonly role: string;
  /** The name holds a part of a trait, so nothing in it may act as a pattern: a trait `*` must not match every role. */
  readonly isFilled: boolean;
}

/** The role names that the traits map to, each once. Throws BAD_PARAMETER for a bad pattern. */
export function mapClaims(mappings: readonly ClaimMapping[], traits: Traits): readonly string[] {
  return [...new Set(mapRoles(mappings, traits).map(({ role }) => role))];
}

/** As mapClaims, for lists whose roles are patterns. */
export function mapClaimsToPatterns(
  mappings: readonly ClaimMapping[],
  traits: Traits,
): readonly MappedRole[] {
  const roles = mapRoles(mappings, traits);
  return [...new Map(roles.map((one) => [`${one.isFilled}${one.role}`, one])).values()];
}

function mapRoles(mappings: readonly ClaimMapping[], traits: Traits): MappedRole[] {
  return mappings.flatMap((mapping) => {
    const values = Object.hasOwn(traits, mapping.claim) ? (traits[mapping.claim] ?? []) : [];
    const regexp = compileRegexp(isRegexp(mapping.value) ? mapping.value : globToRegexp(mapping.value));
    return values.flatMap((value) => {
      const groups = regexp.testExact(value) ? findGroups(regexp, value) : undefined;
      if (groups === undefined) return [];
      return mapping.roles
        .map((role) => ({ role: fillGroups(role, groups, regexp), isFilled: hasReference(role) }))
        .filter(({ role }) => role !== "");
    });
  });
}
