import { AppError } from "@sallyport/api";
import type { Call } from "../rpc/index.ts";
import { checkStateChange, decideState, type StateChange } from "./decide-state.ts";
import type { AccessRequestDeps } from "./deps.ts";
import { requestUpdated } from "./events.ts";
import { isInSight } from "./reading/decide-visibility.ts";
import { findSight } from "./reading/find-sight.ts";
import type { StoredRequest } from "./store.ts";
import { changeRequest, requestNotFound } from "./storing/change-request.ts";
import { orThrow } from "./verdict.ts";

/** An administrator approves or denies without reviews. What they may not see is not there for them. */
export async function setRequestState(
  deps: AccessRequestDeps,
  requestId: string,
  change: StateChange,
  delegator: string,
  call: Call,
): Promise<StoredRequest> {
  if (requestId === "") throw new AppError("BAD_PARAMETER", "the id of the access request is missing");
  const { caller } = call;
  const changer = {
    name: caller.name,
    impersonator: caller.identity?.impersonator ?? "",
    activeRequests: caller.identity?.activeRequests ?? [],
  };
  orThrow(checkStateChange(change, changer));
  return changeRequest(deps, requestId, async (before) => {
    // In every turn: the administrator may have lost the right while this waited for others.
    await call.reauthorize();
    const sight = await findSight(deps, call.caller, "");
    if (!isInSight(sight, before)) throw requestNotFound(requestId);
    const { request } = orThrow(decideState(before, change, changer, call.now));
    return { request, entry: requestUpdated(request, change, delegator, call) };
  });
}
