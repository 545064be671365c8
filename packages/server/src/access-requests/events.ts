import type { AuditEntry } from "../audit/index.ts";
import { auditTime, type Call, callerFields } from "../rpc/index.ts";
import type { AccessRequest, AccessReview } from "./access-request.ts";
import type { StateChange } from "./decide-state.ts";

type Acting = Pick<Call, "caller" | "remoteAddress">;

export function requestCreated(request: AccessRequest, call: Acting): AuditEntry {
  return {
    event: "access_request.create",
    code: "T5000I",
    ...callerFields(call),
    user: request.user,
    ...describe(request),
    roles: request.roles,
    reason: request.requestReason,
    annotations: request.systemAnnotations,
    resource_ids: request.resourceIds.map(({ cluster, kind, name, subResource }) => ({
      cluster,
      kind,
      name,
      ...(subResource === "" ? {} : { sub_resource: subResource }),
    })),
  };
}

export function requestUpdated(
  request: AccessRequest,
  change: StateChange,
  delegator: string,
  call: Acting,
): AuditEntry {
  const answered = Object.keys(change.annotations).length > 0;
  return {
    event: "access_request.update",
    code: "T5001I",
    ...describe(request),
    updated_by: call.caller.name,
    reason: change.reason,
    annotations: answered ? change.annotations : request.systemAnnotations,
    ...(change.roles.length > 0 ? { roles: change.roles } : {}),
    ...(delegator === "" ? {} : { delegator }),
    ...(change.assumeStartAt === undefined ? {} : { assume_start_time: auditTime(change.assumeStartAt) }),
  };
}

export function requestReviewed(
  request: AccessRequest,
  review: AccessReview,
  { caller }: Acting,
): AuditEntry {
  const impersonator = caller.identity?.impersonator ?? "";
  return {
    event: "access_request.review",
    code: "T5002I",
    ...describe(request),
    proposed_state: review.proposedState,
    reviewer: review.author,
    ...(caller.name === review.author ? {} : { updated_by: caller.name }),
    ...(impersonator === "" ? {} : { impersonator }),
    reason: review.reason,
    annotations: request.systemAnnotations,
    ...(request.promotedTo === undefined ? {} : { promoted_access_list_name: request.promotedTo.name }),
  };
}

export function requestDeleted(request: AccessRequest, call: Acting): AuditEntry {
  return { event: "access_request.delete", code: "T5003I", ...callerFields(call), id: request.id };
}

export function requestExpired(request: AccessRequest): AuditEntry {
  return {
    event: "access_request.expire",
    code: "T5005I",
    id: request.id,
    expires: auditTime(request.accessExpiresAt),
    expiry: auditTime(request.expiresAt),
  };
}

function describe({ id, state, accessExpiresAt, maxDurationAt }: AccessRequest) {
  return { id, state, expires: auditTime(accessExpiresAt), max_duration: auditTime(maxDurationAt) };
}
