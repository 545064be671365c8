import type { AccessRequest } from "./access-request.ts";

/** A pending request can still be answered for a moment, so that an answer that is on its way is not lost. */
const PENDING_GRACE_MS = 40_000;

/** From this instant on the request is swept away. */
export function dueAt(request: Pick<AccessRequest, "state" | "expiresAt">): number {
  return request.state === "PENDING" ? request.expiresAt + PENDING_GRACE_MS : request.expiresAt;
}

export function isDue(request: Pick<AccessRequest, "state" | "expiresAt">, now: number): boolean {
  return dueAt(request) <= now;
}

/** Lists leave out what has expired; a look-up by id finds it until it is swept. */
export function isListed(request: Pick<AccessRequest, "expiresAt">, now: number): boolean {
  return request.expiresAt > now;
}
