// Access requests as a program asks and answers them.
export { type AccessRequestHistoryFilter, AccessRequests } from "./access-requests.ts";
export type { AccessRequestAnswer, AccessReviewWish, Annotations, ResolvedState } from "./answer.ts";
export type { AccessRequestFilter, AccessRequestListOptions } from "./list-requests.ts";
export type { NewAccessRequest, ResourceIdInit } from "./new-request.ts";
export { type AccessRequestState, accessRequestStates, stateFromWire, stateToWire } from "./request-state.ts";
