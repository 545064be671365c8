import type { Traits } from "@sallyport/api";
import { parseReviewWhere } from "../../expressions/index.ts";
import type { ReviewConditions, Role } from "../../roles/index.ts";
import { type AccessRequest, originalRoles } from "../access-request.ts";
import type { RuleReference } from "../asking/requestable-roles.ts";
import { type MatcherPlace, type RoleMatcher, roleMatchers } from "../asking/role-matchers.ts";

/** Who reviews, with their stored roles: roles that a request lent them would let requests approve each other. */
export interface Reviewer {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly traits: Traits;
}

/** May they review this request? `by` names the lines that allow or forbid it; `missing` what nothing allows. */
export interface ReviewPermission {
  readonly allow: boolean;
  readonly own: boolean;
  readonly by: readonly RuleReference[];
  readonly missing: readonly string[];
}

/** Whether any role of theirs says anything about reviewing. */
export function hasReviewDirectives(reviewer: Pick<Reviewer, "roles">): boolean {
  return reviewer.roles.some(({ allow }) => {
    const review = allow.reviewRequests;
    return review !== undefined && (review.roles.length > 0 || review.claimsToRoles.length > 0);
  });
}

/** Deny comes first; then every role that was asked for needs a line that allows it. Never one's own request. */
export function decideReviewPermission(reviewer: Reviewer, request: AccessRequest): ReviewPermission {
  const asked = originalRoles(request);
  if (request.user === reviewer.name) return { allow: false, own: true, by: [], missing: [] };
  const forbids = rulesThat("deny.review_requests", reviewer, request).filter(matchesAnyOf(asked));
  if (forbids.length > 0) return { allow: false, own: false, by: references(forbids), missing: [] };
  const allows = rulesThat("allow.review_requests", reviewer, request).filter(matchesAnyOf(asked));
  const missing = asked.filter((name) => !allows.some(({ matcher }) => matcher.matches(name)));
  const allow = asked.length > 0 && missing.length === 0;
  return { allow, own: false, by: references(allows), missing };
}

/** Lines that would let them review requests for these roles, if their `where` held. */
export function rulesHeldBack(
  reviewer: Reviewer,
  request: AccessRequest,
  roleNames: readonly string[],
): readonly RuleReference[] {
  const place = "allow.review_requests";
  return reviewer.roles.flatMap((role) => {
    const conditions = role.allow.reviewRequests;
    if (conditions === undefined || holds(conditions, place, reviewer, request)) return [];
    const matchers = roleMatchers(conditions, reviewer.traits, place);
    if (!roleNames.some((name) => matchers.some((matcher) => matcher.matches(name)))) return [];
    return [{ role: role.name, path: `spec.${place}.where`, text: conditions.where }];
  });
}

interface ReviewRule {
  readonly role: string;
  readonly matcher: RoleMatcher;
}

/** The lines of one side whose `where` holds for this reviewer and this request. */
function rulesThat(
  place: MatcherPlace & `${string}.review_requests`,
  reviewer: Reviewer,
  request: AccessRequest,
): readonly ReviewRule[] {
  return reviewer.roles.flatMap((role) => {
    const conditions = (place === "deny.review_requests" ? role.deny : role.allow).reviewRequests;
    if (conditions === undefined || !holds(conditions, place, reviewer, request)) return [];
    return roleMatchers(conditions, reviewer.traits, place).map((matcher) => ({ role: role.name, matcher }));
  });
}

/** A stored condition that cannot be read or evaluated: in an allow it never holds, in a deny always. */
function holds(
  { where }: ReviewConditions,
  place: MatcherPlace,
  reviewer: Reviewer,
  request: AccessRequest,
): boolean {
  if (where === "") return true;
  try {
    return parseReviewWhere(where).evaluate(reviewEnvironment(reviewer, request));
  } catch {
    return place === "deny.review_requests";
  }
}

/** What the conditions of reviewers and the filters of thresholds look at. */
export function reviewEnvironment(reviewer: Reviewer, request: AccessRequest) {
  return {
    reviewer: { roles: reviewer.roles.map((role) => role.name), traits: reviewer.traits },
    request: {
      roles: originalRoles(request),
      reason: request.requestReason,
      systemAnnotations: request.systemAnnotations,
    },
  };
}

function matchesAnyOf(roleNames: readonly string[]): (rule: ReviewRule) => boolean {
  return ({ matcher }) => roleNames.some((name) => matcher.matches(name));
}

function references(rules: readonly ReviewRule[]): readonly RuleReference[] {
  return rules.map(({ role, matcher }) => ({ role, path: matcher.path, text: matcher.text }));
}
