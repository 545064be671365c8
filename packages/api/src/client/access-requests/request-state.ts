import { RequestState } from "#gen/teleport/legacy/types/types_pb.js";
import { oneOf } from "../check-arguments.ts";

/** The states of an access request. */
export const accessRequestStates = ["PENDING", "APPROVED", "DENIED", "PROMOTED"] as const;

/** The state of an access request, by its name on the wire. */
export type AccessRequestState = (typeof accessRequestStates)[number];

/**
 * The number of a state on the wire; undefined gives 0, which means any state in a filter.
 *
 * @throws AppError BAD_PARAMETER for a word that is no state.
 */
export function stateToWire(state: AccessRequestState | undefined): RequestState {
  return state === undefined
    ? RequestState.NONE
    : RequestState[oneOf(accessRequestStates, state, "the state")];
}

/** The name of a state of the wire. 0 (not set) is `PENDING`; a state of a newer server is undefined. */
export function stateFromWire(state: RequestState): AccessRequestState | undefined {
  return state === RequestState.NONE
    ? "PENDING"
    : accessRequestStates.find((name) => RequestState[name] === state);
}
