import { type AccessRequest, type AccessReview, isResolved, originalRoles } from "./access-request.ts";
import { checkAssumeStart } from "./asking/compute-times.ts";
import { checkReason } from "./asking/wish.ts";
import { matchThresholds } from "./reviewing/match-thresholds.ts";
import { resolveReviews } from "./reviewing/resolve-reviews.ts";
import { decideReviewPermission, hasReviewDirectives, type Reviewer } from "./reviewing/review-permission.ts";
import { settleRequest } from "./reviewing/settle-request.ts";
import { type Refusal, refuse } from "./verdict.ts";

/** Who sends the review in. Only the builtin Admin may do so for another. */
export interface Submitter {
  readonly name: string;
  /** Who acts under this name, where it is not they themselves; otherwise "". */
  readonly impersonator: string;
  readonly isAdmin: boolean;
}

export interface ReviewQuestion {
  readonly request: AccessRequest;
  readonly review: AccessReview;
  readonly reviewer: Reviewer;
  readonly submitter: Submitter;
  readonly now: number;
}

export interface ReviewAllowed {
  readonly allow: true;
  /** The request with the review in it, settled if that was the one that was missing. */
  readonly request: AccessRequest;
}

/** May they review it, and what does the request become by that? */
export function decideReview(question: ReviewQuestion): ReviewAllowed | Refusal {
  return (
    checkMayReview(question) ??
    checkProposal(question.review) ??
    checkFits(question) ?? { allow: true, request: applyReview(question) }
  );
}

/** What can be told without the request: refuses those who can review nothing before anything is looked up. */
export function checkSubmission(
  review: AccessReview,
  reviewer: Reviewer,
  submitter: Submitter,
): Refusal | undefined {
  if (review.proposedState === "PROMOTED") {
    return refuse("BAD_PARAMETER", "a review cannot promote a request");
  }
  if (review.author !== submitter.name && !submitter.isAdmin) {
    return refuse("ACCESS_DENIED", "a review can only be submitted by its author");
  }
  if (!hasReviewDirectives(reviewer)) {
    return refuse("ACCESS_DENIED", `user "${reviewer.name}" cannot review any access request`);
  }
  return undefined;
}

/** Requester and reviewer are two people: a requester who acts under a reviewer's name is still the requester. */
function checkMayReview({ request, review, reviewer, submitter }: ReviewQuestion): Refusal | undefined {
  const permission = decideReviewPermission(reviewer, request);
  if (permission.own || submitter.impersonator === request.user) {
    return refuse("ACCESS_DENIED", "nobody can review their own access request");
  }
  if (!permission.allow) {
    return refuse("ACCESS_DENIED", `user "${reviewer.name}" cannot review this access request`);
  }
  return review.author === reviewer.name ? checkSubmission(review, reviewer, submitter) : wrongAuthor();
}

function wrongAuthor(): Refusal {
  return refuse("ACCESS_DENIED", "a review counts for its author alone");
}

/** What the review itself says, whatever the request. */
function checkProposal(review: AccessReview): Refusal | undefined {
  if (!isResolved(review.proposedState)) {
    return refuse("BAD_PARAMETER", "a review approves or denies (proposed_state)");
  }
  if (Object.keys(review.annotations).length > 0) {
    return refuse("NOT_IMPLEMENTED", "annotations of a review are not supported");
  }
  return checkReason("review.reason", review.reason);
}

function checkFits({ request, review }: ReviewQuestion): Refusal | undefined {
  if (request.thresholds.length === 0) {
    return refuse("BAD_PARAMETER", "this access request has no review thresholds");
  }
  if (request.reviews.some(({ author }) => author === review.author)) {
    // Clients look for the end of this sentence.
    return refuse("ALREADY_EXISTS", `user "${review.author}" has already reviewed this request`);
  }
  const late = checkReviewedRoles(request, review);
  if (late !== undefined) return late;
  if (isResolved(request.state)) {
    return refuse("ACCESS_DENIED", `this access request is ${request.state.toLowerCase()} already`);
  }
  return checkAssumeStart(review.assumeStartAt, request);
}

/** A review answers the whole request: it names no roles, or all of them. */
function checkReviewedRoles(request: AccessRequest, { roles }: AccessReview): Refusal | undefined {
  if (roles.length === 0) return undefined;
  const asked = originalRoles(request);
  if (new Set(roles).size !== asked.length) {
    return refuse("NOT_IMPLEMENTED", "a review of some of the roles is not supported");
  }
  const strange = roles.find((name) => !asked.includes(name));
  return strange === undefined
    ? undefined
    : refuse("BAD_PARAMETER", `role "${strange}" is not part of this access request`);
}

function applyReview({ request, review, reviewer, now }: ReviewQuestion): AccessRequest {
  const thresholdIndexes = matchThresholds(request, review, reviewer);
  const counted = { ...review, thresholdIndexes, createdAt: review.createdAt || now };
  const reviewed = {
    ...request,
    reviews: [...request.reviews, counted],
    assumeStartAt: review.assumeStartAt ?? request.assumeStartAt,
  };
  const resolution = resolveReviews(reviewed);
  // In a request that was opened again, older reviews may be enough by themselves: then a denial must not approve it.
  if (resolution === undefined || resolution.state !== review.proposedState) return reviewed;
  const { state, review: last } = resolution;
  const promotedTo = request.promotedTo ?? last.promotedTo;
  const settled = settleRequest(reviewed, { state, resolveReason: last.reason, promotedTo }, now);
  return { ...settled, expiresAt: settled.accessExpiresAt };
}
