import { type AccessRequest, originalRoles } from "./access-request.ts";
import { readRequestPolicies } from "./asking/request-policy.ts";
import { decideRole, type RoleVerdict } from "./asking/requestable-roles.ts";
import { decideRequest, type RequestQuestion } from "./decide-request.ts";
import { countReviews, type ReviewCount } from "./reviewing/resolve-reviews.ts";
import {
  decideReviewPermission,
  type Reviewer,
  type ReviewPermission,
} from "./reviewing/review-permission.ts";

/** Why somebody may ask for roles or not: the answer of the decision itself, with the lines that led to it. */
export interface RequestExplanation {
  readonly allow: boolean;
  readonly because: string;
  readonly roles: Readonly<Record<string, RoleVerdict>>;
  /** What it would take to approve, where the request is allowed. */
  readonly thresholds: readonly ThresholdStanding[];
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
  readonly met: boolean;
}

export function explainRequest(question: RequestQuestion): RequestExplanation {
  const verdict = decideRequest({ ...question, wish: { ...question.wish, dryRun: true } });
  const policies = readRequestPolicies(question.requester);
  const askingFor = question.wish.resourceIds.length > 0 ? "resources" : "roles";
  const roleNames = verdict.allow ? verdict.request.roles : question.wish.roles;
  return {
    allow: verdict.allow,
    because: verdict.allow ? "their roles allow it" : verdict.because,
    roles: Object.fromEntries(roleNames.map((name) => [name, decideRole(policies, name, askingFor)])),
    thresholds: verdict.allow ? explainThresholds(verdict.request) : [],
  };
}

/** Who of these people may review the request, and by which line. */
export function explainReview(
  reviewers: readonly Reviewer[],
  request: AccessRequest,
): Readonly<Record<string, ReviewPermission>> {
  return Object.fromEntries(
    reviewers.map((reviewer) => [reviewer.name, decideReviewPermission(reviewer, request)]),
  );
}

/** How the reviews stand, threshold by threshold. */
export function explainThresholds(request: AccessRequest): readonly ThresholdStanding[] {
  const counts = countReviews(request);
  return originalRoles(request).flatMap((role) =>
    (request.roleThresholds[role] ?? []).flatMap((indexes, set) =>
      indexes.flatMap((index) => {
        const threshold = request.thresholds[index];
        const count = counts[index];
        if (threshold === undefined || count === undefined) return [];
        const met = threshold.approve > 0 && count.approvals >= threshold.approve;
        return [{ role, set, ...threshold, ...count, met }];
      }),
    ),
  );
}
