import type { Traits } from "@sallyport/api";
import type { AccessRequest, RequestState } from "./access-request.ts";
import { checkAssumeStart } from "./asking/compute-times.ts";
import { checkReason, checkSaid, sortedUnique } from "./asking/wish.ts";
import { settleRequest } from "./reviewing/settle-request.ts";
import { type Refusal, refuse } from "./verdict.ts";

/** An administrator's answer, which needs no reviews. */
export interface StateChange {
  readonly state: RequestState;
  readonly reason: string;
  readonly annotations: Traits;
  /** Empty = all that were asked for. */
  readonly roles: readonly string[];
  readonly assumeStartAt: number | undefined;
}

export interface StateChanger {
  readonly name: string;
  readonly impersonator: string;
  readonly activeRequests: readonly string[];
}

export interface StateAllowed {
  readonly allow: true;
  readonly request: AccessRequest;
}

/** What can be told without the request. Somebody whose rights a request lent them answers none. */
export function checkStateChange(change: StateChange, changer: StateChanger): Refusal | undefined {
  if (changer.activeRequests.length > 0) {
    return refuse("ACCESS_DENIED", "drop your active access requests before you answer others");
  }
  if (change.state === "PROMOTED") return refuse("BAD_PARAMETER", "a request cannot be set to promoted");
  if (change.state === "NONE") return refuse("BAD_PARAMETER", "name the state to set");
  if (change.roles.length > 0 && change.state !== "APPROVED") {
    return refuse("BAD_PARAMETER", "roles can only be chosen when a request is approved");
  }
  return checkReason("reason", change.reason) ?? checkSaid("annotations", change.annotations);
}

/** A request that was denied stays denied; all other changes are the administrator's to make. */
export function decideState(
  request: AccessRequest,
  change: StateChange,
  changer: StateChanger,
  now: number,
): StateAllowed | Refusal {
  return (
    checkStateChange(change, changer) ??
    checkTransition(request, change, changer) ??
    checkAssumeStart(change.assumeStartAt, request) ?? {
      allow: true,
      request: applyState(request, change, now),
    }
  );
}

function checkTransition(
  request: AccessRequest,
  change: StateChange,
  changer: StateChanger,
): Refusal | undefined {
  if (request.user === changer.name || request.user === changer.impersonator) {
    return refuse("ACCESS_DENIED", "nobody can answer their own access request");
  }
  if (request.state === "DENIED" && change.state !== "DENIED") {
    return refuse("BAD_PARAMETER", "this access request was denied, which is final: ask again");
  }
  const added = change.roles.find((name) => !request.roles.includes(name));
  return added === undefined
    ? undefined
    : refuse("BAD_PARAMETER", `role "${added}" was not asked for, so it cannot be approved`);
}

function applyState(request: AccessRequest, change: StateChange, now: number): AccessRequest {
  const chosen = {
    ...request,
    roles: change.roles.length > 0 ? sortedUnique(change.roles) : request.roles,
    assumeStartAt: change.assumeStartAt ?? request.assumeStartAt,
    resolveAnnotations: change.annotations,
  };
  const settled = settleRequest(chosen, { state: change.state, resolveReason: change.reason }, now);
  return change.state === "APPROVED" ? { ...settled, expiresAt: settled.accessExpiresAt } : settled;
}
