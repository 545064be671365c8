import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type AccessRequestSpecV3,
  AccessRequestSpecV3Schema,
  type AccessRequestV3,
  AccessRequestV3Schema,
  type AccessReview as AccessReviewMessage,
  type PromotedAccessList as PromotedAccessListMessage,
  type ResourceID,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { readNanos, readTime } from "../../rpc/index.ts";
import {
  type AccessRequest,
  type AccessReview,
  type PromotedAccessList,
  type RequestState,
  requestStates,
} from "../access-request.ts";
import type { AccessRequestWish } from "../asking/wish.ts";
import type { ResourceId } from "../resource-id.ts";
import { readTraits } from "./traits.ts";

/** A stored request. Bytes that are no request at all make the decoder throw. */
export function readRequest(source: Uint8Array): AccessRequest {
  const message = fromBinary(AccessRequestV3Schema, source);
  const spec = specOf(message);
  const accessExpiresAt = readTime(spec.Expires) ?? 0;
  return {
    ...readSaid(message, spec),
    id: message.Metadata?.Name ?? "",
    createdAt: readTime(spec.Created) ?? 0,
    accessExpiresAt,
    expiresAt: readTime(spec.ResourceExpiry) ?? readTime(message.Metadata?.Expires) ?? accessExpiresAt,
    sessionTtlAt: readTime(spec.SessionTTL),
    accessDurationMs: spec.sallyportAccessDuration > 0n ? readNanos(spec.sallyportAccessDuration) : undefined,
    systemAnnotations: readTraits(spec.SystemAnnotations),
    thresholds: spec.Thresholds.map(({ Name, Filter, Approve, Deny }) => ({
      name: Name,
      filter: Filter,
      approve: Approve,
      deny: Deny,
    })),
    roleThresholds: readRoleThresholds(spec),
    reviews: spec.Reviews.map(readReview),
    dryRun: undefined,
    revision: message.Metadata?.Revision ?? "",
    source,
  };
}

/**
 * What a client asks for; all other fields of the message are the server's, and are not even looked at. Throws
 * BAD_PARAMETER for a state that this version does not know: it is not taken for none.
 */
export function readWish(message: AccessRequestV3): AccessRequestWish {
  const spec = specOf(message);
  return {
    ...readSaid(message, spec),
    state: readSentState(spec.State),
    dryRun: spec.DryRun,
    accessExpiresAt: readTime(spec.Expires),
    expiresAt: readTime(spec.ResourceExpiry) ?? readTime(message.Metadata?.Expires),
  };
}

/** The id that an older client gave its request: a UUID, or none. Throws BAD_PARAMETER. */
export function readChosenId(message: AccessRequestV3): string | undefined {
  const id = message.Metadata?.Name ?? "";
  if (id === "") return undefined;
  if (UUID.test(id)) return id;
  throw new AppError(
    "BAD_PARAMETER",
    "metadata.name of an access request must be a UUID in lower case, or empty",
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function readReview(review: AccessReviewMessage): AccessReview {
  return {
    author: review.Author,
    roles: review.Roles,
    proposedState: readState(review.ProposedState),
    reason: review.Reason,
    createdAt: readTime(review.Created) ?? 0,
    annotations: readTraits(review.Annotations),
    thresholdIndexes: review.ThresholdIndexes,
    assumeStartAt: readTime(review.AssumeStartTime),
    promotedTo: readPromotedTo(review.accessList),
  };
}

/** A number that this version does not know reads as no state, which grants nothing. */
export function readState(state: number): RequestState {
  return requestStates[state] ?? "NONE";
}

/** A state that a client sent. Throws BAD_PARAMETER for a number that this version does not know. */
export function readSentState(state: number): RequestState {
  const known = requestStates[state];
  if (known === undefined) throw new AppError("BAD_PARAMETER", `request state ${state} is not known`);
  return known;
}

export function readResourceId(id: ResourceID): ResourceId {
  return { cluster: id.ClusterName, kind: id.Kind, name: id.Name, subResource: id.SubResourceName };
}

function specOf(message: AccessRequestV3): AccessRequestSpecV3 {
  return message.Spec ?? create(AccessRequestSpecV3Schema);
}

function readSaid(message: AccessRequestV3, spec: AccessRequestSpecV3) {
  return {
    user: spec.User,
    roles: spec.Roles,
    resourceIds: spec.RequestedResourceIDs.map(readResourceId),
    state: readState(spec.State),
    requestReason: spec.RequestReason,
    resolveReason: spec.ResolveReason,
    resolveAnnotations: readTraits(spec.ResolveAnnotations),
    suggestedReviewers: spec.SuggestedReviewers,
    promotedTo: readPromotedTo(spec.accessList),
    loginHint: spec.LoginHint,
    labels: message.Metadata?.Labels ?? {},
    maxDurationAt: readTime(spec.MaxDuration),
    assumeStartAt: readTime(spec.AssumeStartTime),
  };
}

function readRoleThresholds(spec: AccessRequestSpecV3): AccessRequest["roleThresholds"] {
  const roles = Object.entries(spec.RoleThresholdMapping);
  return Object.fromEntries(roles.map(([role, { Sets }]) => [role, Sets.map(({ Indexes }) => Indexes)]));
}

function readPromotedTo(list: PromotedAccessListMessage | undefined): PromotedAccessList | undefined {
  return list === undefined || list.Name === "" ? undefined : { name: list.Name, title: list.Title };
}
