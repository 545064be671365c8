import type { AccessRequest, RequestState } from "../access-request.ts";

/** What an answer writes into a request, whoever gives it. */
export type Answer = Pick<AccessRequest, "resolveReason"> &
  Partial<Pick<AccessRequest, "resolveAnnotations" | "roles" | "promotedTo">> & {
    readonly state: RequestState;
  };

/** The answered request. Where the access counts from its approval, that now fixes its end; it never moves later. */
export function settleRequest(request: AccessRequest, answer: Answer, now: number): AccessRequest {
  const answered = { ...request, ...answer };
  if (answer.state !== "APPROVED" || request.accessDurationMs === undefined) return answered;
  const beginsAt = Math.max(now, request.assumeStartAt ?? now);
  const accessExpiresAt = Math.min(request.accessExpiresAt, beginsAt + request.accessDurationMs);
  return { ...answered, accessExpiresAt, maxDurationAt: accessExpiresAt };
}
