import type { AccessRequest, AccessReview } from "../access-request.ts";
import { letsAskFor, type RequestPolicy, readRequestPolicies } from "../asking/request-policy.ts";
import { decideRole, type RoleVerdict, type RuleReference } from "../asking/requestable-roles.ts";
import { decideRequest, type RequestQuestion } from "../decide-request.ts";
import { decideReview } from "../decide-review.ts";
import { countReviews, type ReviewCount } from "../reviewing/resolve-reviews.ts";
import {
  decideReviewPermission,
  type Reviewer,
  type ReviewPermission,
  rulesHeldBack,
} from "../reviewing/review-permission.ts";

/** Why somebody may ask for roles or not: the answer of the decision itself, with the lines that led to it. */
export interface RequestExplanation {
  readonly allow: boolean;
  readonly because: string;
  /** What the request would be; undefined where it is refused. */
  readonly request: AccessRequest | undefined;
  readonly roles: Readonly<Record<string, RoleVerdict>>;
  /** What it would take to approve, where the request is allowed. */
  readonly thresholds: readonly ThresholdStanding[];
  /** Requested role → the requester's roles that bring its sets, in the order of the sets. */
  readonly setsFrom: Readonly<Record<string, readonly string[]>>;
}

/** How far one threshold of one role is. */
export interface ThresholdStanding extends ReviewCount {
  readonly role: string;
  /** Thresholds of one set are alternatives; of each set one is needed. */
  readonly set: number;
  readonly name: string;
  readonly filter: string;
  readonly approve: number;
  readonly deny: number;
}

/** A dry run of the decision, so a missing reason is no obstacle. */
export function explainRequest(question: RequestQuestion): RequestExplanation {
  const verdict = decideRequest({ ...question, wish: { ...question.wish, dryRun: true } });
  const policies = readRequestPolicies(question.requester);
  const askingFor = question.wish.resourceIds.length > 0 ? "resources" : "roles";
  const roleNames = verdict.allow ? verdict.request.roles : question.wish.roles;
  return {
    allow: verdict.allow,
    because: verdict.allow ? "every role may be requested" : verdict.because,
    request: verdict.allow ? verdict.request : undefined,
    roles: Object.fromEntries(roleNames.map((name) => [name, decideRole(policies, name, askingFor)])),
    thresholds: verdict.allow ? explainThresholds(verdict.request) : [],
    setsFrom: Object.fromEntries(roleNames.map((name) => [name, rolesThatLetAsk(policies, name)])),
  };
}

function rolesThatLetAsk(policies: readonly RequestPolicy[], roleName: string): readonly string[] {
  return policies.filter((policy) => letsAskFor(policy, roleName)).map((policy) => policy.role.name);
}

/** Whether somebody could review the request now: the lines that say so, and what stands in the way all the same. */
export interface ReviewExplanation extends ReviewPermission {
  /** For example that they have reviewed it already; undefined where nothing does. */
  readonly hindrance: string | undefined;
  /** The conditions that do not hold, of roles that would allow what is missing. */
  readonly heldBack: readonly RuleReference[];
}

/** Who of these people may review the request, and by which line; asked of the decision with a review of nothing. */
export function explainReview(
  reviewers: readonly Reviewer[],
  request: AccessRequest,
): Readonly<Record<string, ReviewExplanation>> {
  return Object.fromEntries(reviewers.map((reviewer) => [reviewer.name, explainReviewBy(reviewer, request)]));
}

function explainReviewBy(reviewer: Reviewer, request: AccessRequest): ReviewExplanation {
  const permission = decideReviewPermission(reviewer, request);
  const heldBack = rulesHeldBack(reviewer, request, permission.missing);
  if (!permission.allow) return { ...permission, heldBack, hindrance: undefined };
  const submitter = { name: reviewer.name, impersonator: "", isAdmin: false };
  const review = { ...plainApproval, author: reviewer.name };
  const verdict = decideReview({ request, review, reviewer, submitter, now: request.createdAt });
  return verdict.allow
    ? { ...permission, heldBack, hindrance: undefined }
    : { ...permission, heldBack, allow: false, hindrance: verdict.because };
}

const plainApproval: AccessReview = {
  author: "",
  roles: [],
  proposedState: "APPROVED",
  reason: "",
  createdAt: 0,
  annotations: {},
  thresholdIndexes: [],
  assumeStartAt: undefined,
  promotedTo: undefined,
};

/** How the reviews stand, threshold by threshold. */
export function explainThresholds(request: AccessRequest): readonly ThresholdStanding[] {
  const counts = countReviews(request);
  return Object.entries(request.roleThresholds).flatMap(([role, sets]) =>
    sets.flatMap((indexes, set) =>
      indexes.flatMap((index) => {
        const threshold = request.thresholds[index];
        const count = counts[index];
        return threshold === undefined || count === undefined ? [] : [{ role, set, ...threshold, ...count }];
      }),
    ),
  );
}

/** Fewest further approvals that approve a role, if each counts for whatever it can; undefined = none ever do. */
export function approvalsNeeded(standings: readonly ThresholdStanding[]): number | undefined {
  const sets = Map.groupBy(standings, ({ set }) => set);
  const perSet = [...sets.values()].map((alternatives) =>
    Math.min(
      ...alternatives.map(({ approve, approvals }) =>
        approve > 0 ? Math.max(0, approve - approvals) : Infinity,
      ),
    ),
  );
  const needed = Math.max(0, ...perSet);
  return Number.isFinite(needed) ? needed : undefined;
}
