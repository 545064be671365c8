import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AccessRequestSpecV3,
  AccessRequestSpecV3Schema,
  type AccessRequestV3,
  AccessRequestV3Schema,
  type AccessReviewSchema,
  MetadataSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { writeNanos, writeTime } from "../../rpc/index.ts";
import { type AccessRequest, type AccessReview, requestStates } from "../access-request.ts";
import { writeTraits } from "./traits.ts";

/** The request as it is stored and sent. Fields that this version does not know stay as they were read. */
export function writeRequest(request: AccessRequest): Uint8Array {
  const message =
    request.source === undefined
      ? create(AccessRequestV3Schema)
      : fromBinary(AccessRequestV3Schema, request.source);
  message.Kind = "access_request";
  message.Version = "v3";
  writeMetadata(message, request);
  const spec = writeSpec(request);
  message.Spec = message.Spec === undefined ? spec : Object.assign(message.Spec, spec);
  return toBinary(AccessRequestV3Schema, message);
}

function writeMetadata(message: AccessRequestV3, request: AccessRequest): void {
  message.Metadata ??= create(MetadataSchema);
  message.Metadata.Name = request.id;
  message.Metadata.Namespace = "default";
  message.Metadata.Labels = { ...request.labels };
  message.Metadata.Expires = writeTime(request.expiresAt);
  message.Metadata.Revision = request.revision;
}

function writeSpec(request: AccessRequest): AccessRequestSpecV3 {
  return create(AccessRequestSpecV3Schema, {
    User: request.user,
    Roles: [...request.roles],
    State: requestStates.indexOf(request.state),
    Created: writeTime(request.createdAt),
    Expires: writeTime(request.accessExpiresAt),
    RequestReason: request.requestReason,
    ResolveReason: request.resolveReason,
    ResolveAnnotations: writeTraits(request.resolveAnnotations),
    SystemAnnotations: writeTraits(request.systemAnnotations),
    Thresholds: request.thresholds.map(({ name, filter, approve, deny }) => ({
      Name: name,
      Filter: filter,
      Approve: approve,
      Deny: deny,
    })),
    RoleThresholdMapping: writeRoleThresholds(request),
    Reviews: request.reviews.map(writeReview),
    SuggestedReviewers: [...request.suggestedReviewers],
    RequestedResourceIDs: request.resourceIds.map(({ cluster, kind, name, subResource }) => ({
      ClusterName: cluster,
      Kind: kind,
      Name: name,
      SubResourceName: subResource,
    })),
    LoginHint: request.loginHint,
    MaxDuration: writeTime(request.maxDurationAt),
    SessionTTL: writeTime(request.sessionTtlAt),
    AssumeStartTime: writeTime(request.assumeStartAt),
    ResourceExpiry: writeTime(request.expiresAt),
    sallyportAccessDuration: writeNanos(request.accessDurationMs ?? 0),
    ...writePromotedTo(request),
    ...writeDryRun(request),
  });
}

function writeRoleThresholds({ roleThresholds }: AccessRequest) {
  const roles = Object.entries(roleThresholds).map(
    ([role, sets]) => [role, { Sets: sets.map((indexes) => ({ Indexes: [...indexes] })) }] as const,
  );
  return Object.fromEntries(roles);
}

function writeReview(review: AccessReview): MessageInitShape<typeof AccessReviewSchema> {
  return {
    Author: review.author,
    Roles: [...review.roles],
    ProposedState: requestStates.indexOf(review.proposedState),
    Reason: review.reason,
    Created: writeTime(review.createdAt),
    Annotations: writeTraits(review.annotations),
    ThresholdIndexes: [...review.thresholdIndexes],
    AssumeStartTime: writeTime(review.assumeStartAt),
    ...writePromotedTo(review),
  };
}

function writePromotedTo({ promotedTo }: Pick<AccessRequest, "promotedTo">) {
  return promotedTo === undefined ? {} : { accessList: { Name: promotedTo.name, Title: promotedTo.title } };
}

function writeDryRun({ dryRun }: AccessRequest) {
  if (dryRun === undefined) return {};
  const { reasonMode, reasonPrompts } = dryRun;
  return { DryRun: true, DryRunEnrichment: { ReasonMode: reasonMode, ReasonPrompts: [...reasonPrompts] } };
}
