import type { AccessRequest, AccessReview } from "../access-request.ts";

/** What the reviews come to, and the review that settled it. */
export interface Resolution {
  readonly state: "APPROVED" | "DENIED" | "PROMOTED";
  readonly review: AccessReview;
}

/** How many reviews count for one threshold. */
export interface ReviewCount {
  readonly approvals: number;
  readonly denials: number;
}

type Reviewed = Pick<AccessRequest, "thresholds" | "roleThresholds" | "reviews">;

/** Plays all reviews from the first on; undefined while they settle nothing. */
export function resolveReviews(request: Reviewed): Resolution | undefined {
  // A review that refers to a threshold that is not there makes the whole count worthless.
  if (request.reviews.some((review) => !isCountable(review, request))) return undefined;
  let counts = noReviews(request);
  for (const review of request.reviews) {
    counts = addReview(counts, review);
    if (review.proposedState === "PROMOTED" && isLastOrCounts(review, request)) {
      return { state: "PROMOTED", review };
    }
    if (isDenied(request, counts)) return { state: "DENIED", review };
    if (isApproved(request, counts)) return { state: "APPROVED", review };
  }
  return undefined;
}

/** The counts after all reviews, one for each threshold. */
export function countReviews(request: Reviewed): readonly ReviewCount[] {
  return request.reviews.reduce(addReview, noReviews(request));
}

function noReviews({ thresholds }: Reviewed): readonly ReviewCount[] {
  return thresholds.map(() => ({ approvals: 0, denials: 0 }));
}

function addReview(counts: readonly ReviewCount[], review: AccessReview): readonly ReviewCount[] {
  const indexes = new Set(review.thresholdIndexes);
  return counts.map(({ approvals, denials }, index) => ({
    approvals: approvals + Number(indexes.has(index) && review.proposedState === "APPROVED"),
    denials: denials + Number(indexes.has(index) && review.proposedState === "DENIED"),
  }));
}

function isCountable(review: AccessReview, { thresholds }: Reviewed): boolean {
  return review.thresholdIndexes.every((index) => thresholds[index] !== undefined);
}

/** A promotion grants nothing through the request, so it needs no count. */
function isLastOrCounts(review: AccessReview, { reviews }: Reviewed): boolean {
  return review.thresholdIndexes.length > 0 || review === reviews.at(-1);
}

/** One threshold is enough. */
function isDenied({ thresholds }: Reviewed, counts: readonly ReviewCount[]): boolean {
  return thresholds.some(({ deny }, index) => deny > 0 && (counts[index]?.denials ?? 0) >= deny);
}

/** Every role needs one threshold of each of its sets. Without roles or sets there is nothing that could approve. */
function isApproved({ thresholds, roleThresholds }: Reviewed, counts: readonly ReviewCount[]): boolean {
  const isMet = (index: number) => {
    const approve = thresholds[index]?.approve ?? 0;
    return approve > 0 && (counts[index]?.approvals ?? 0) >= approve;
  };
  const roles = Object.values(roleThresholds);
  return roles.length > 0 && roles.every((sets) => sets.length > 0 && sets.every((set) => set.some(isMet)));
}
