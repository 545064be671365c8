import { AppError } from "@sallyport/api";
import { type Call, isAdmin } from "../rpc/index.ts";
import type { AccessReview } from "./access-request.ts";
import { sortedUnique } from "./asking/wish.ts";
import { checkSubmission, decideReview } from "./decide-review.ts";
import type { AccessRequestDeps } from "./deps.ts";
import { requestReviewed } from "./events.ts";
import { loadReviewer } from "./load-people.ts";
import type { StoredRequest } from "./store.ts";
import { changeRequest } from "./storing/change-request.ts";
import { orExplain } from "./verdict.ts";

/** Adds a review to a request, which may settle it. An empty author is the caller. */
export async function submitReview(
  deps: AccessRequestDeps,
  requestId: string,
  sent: AccessReview,
  call: Call,
): Promise<StoredRequest> {
  if (requestId === "") throw new AppError("BAD_PARAMETER", "the id of the access request is missing");
  const { caller } = call;
  const review = {
    ...sent,
    author: sent.author === "" ? caller.name : sent.author,
    thresholdIndexes: [],
    // Reviews do not promote, so they name no access list.
    promotedTo: undefined,
  };
  const submitter = {
    name: caller.name,
    impersonator: caller.identity?.impersonator ?? "",
    isAdmin: isAdmin(caller),
  };
  const isAuthor = caller.kind === "user" && review.author === submitter.name;
  if (!isAuthor && !submitter.isAdmin) {
    throw new AppError("ACCESS_DENIED", "a review can only be submitted by its author");
  }
  orExplain(checkSubmission(review, await loadReviewer(deps, review.author, caller), submitter));
  // Only for those who may review something: a list can be very long (threat 9).
  const sorted = { ...review, roles: sortedUnique(sent.roles) };
  return changeRequest(deps, requestId, async (request) => {
    // Anew in every turn: the reviewer may be locked, or have lost a role, while this review waited for others.
    await call.reauthorize();
    const reviewer = await loadReviewer(deps, review.author, call.caller);
    const decided = orExplain(decideReview({ request, review: sorted, reviewer, submitter, now: call.now }));
    return { request: decided.request, entry: requestReviewed(decided.request, sorted, call) };
  });
}
