import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AccessReviewSchema } from "#gen/teleport/legacy/types/types_pb.js";
import type { LabelValuesSchema } from "#gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { listOf } from "../check-arguments.ts";
import { timestampOf } from "../wire-time.ts";
import { type AccessRequestState, stateToWire } from "./request-state.ts";

/** A state that answers a request. */
export type ResolvedState = Extract<AccessRequestState, "APPROVED" | "DENIED">;

/** Notes of a program on its answer: name → values. */
export type Annotations = Readonly<Record<string, readonly string[]>>;

/** What to say beside the state when a request is resolved at once. */
export interface AccessRequestAnswer {
  readonly reason?: string | undefined;
  /** On whose behalf, as it shall stand in the audit log, for example `"slack:alice@example.com"`. */
  readonly delegator?: string | undefined;
  readonly annotations?: Annotations | undefined;
  /** Approves only these of the requested roles. */
  readonly roles?: readonly string[] | undefined;
  /** When the access starts, in milliseconds since 1970, over what was asked for. */
  readonly assumeStartAt?: number | undefined;
}

/** A review. */
export interface AccessReviewWish {
  readonly state: ResolvedState;
  readonly reason?: string | undefined;
  /** Who reviews; the caller where it is left out. Only the builtin administrator may name another. */
  readonly author?: string | undefined;
  readonly annotations?: Annotations | undefined;
  /** Approves only these of the requested roles. */
  readonly roles?: readonly string[] | undefined;
  /** When the access starts, in milliseconds since 1970, over what was asked for. */
  readonly assumeStartAt?: number | undefined;
}

/** A review as a message. */
export function reviewToWire(review: AccessReviewWish): MessageInitShape<typeof AccessReviewSchema> {
  return {
    Author: review.author ?? "",
    ProposedState: stateToWire(review.state),
    Reason: review.reason ?? "",
    Roles: listOf(review.roles, "roles"),
    Annotations: annotationsToWire(review.annotations),
    AssumeStartTime: timestampOf(review.assumeStartAt),
  };
}

/** Annotations as a message; undefined stays undefined. */
export function annotationsToWire(
  annotations: Annotations | undefined,
): MessageInitShape<typeof LabelValuesSchema> | undefined {
  if (annotations === undefined) return undefined;
  const entries = Object.entries(annotations).map(([name, values]) => [name, { Values: [...values] }]);
  return { Values: Object.fromEntries(entries) };
}
