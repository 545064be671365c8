import type { AccessRequest } from "../access-request.ts";
import { checkMayAsk } from "../asking/asked-roles.ts";
import { readRequestPolicies } from "../asking/request-policy.ts";
import type { Requester } from "../asking/requester.ts";
import type { ResourceId } from "../resource-id.ts";
import { type Refusal, refuse } from "../verdict.ts";

/** What an approved request lends, and until when at the latest. */
export interface LentAccess {
  readonly allow: true;
  readonly roles: readonly string[];
  readonly resourceIds: readonly ResourceId[];
  readonly accessExpiresAt: number;
}

/**
 * May this user take up this request now? What was approved counts only while the user's stored roles would still
 * let them ask for it, so a role that is taken away takes the access with it.
 */
export function decideUse(
  request: AccessRequest | undefined,
  requester: Requester,
  now: number,
): LentAccess | Refusal {
  if (request === undefined || request.user !== requester.name) {
    return refuse("NOT_FOUND", "the access request is not there");
  }
  if (request.state !== "APPROVED") {
    return refuse("ACCESS_DENIED", `access request "${request.id}" is ${request.state.toLowerCase()}`);
  }
  return checkStillAllowed(request, requester) ?? checkInTime(request, now) ?? lend(request);
}

function checkStillAllowed(request: AccessRequest, requester: Requester): Refusal | undefined {
  const asked = { ...request, reasonRoles: request.roles, dryRun: false };
  return checkMayAsk(asked, readRequestPolicies(requester), requester);
}

function checkInTime(request: AccessRequest, now: number): Refusal | undefined {
  if (request.accessExpiresAt <= now) {
    return refuse("BAD_PARAMETER", `access request "${request.id}" has expired`);
  }
  if (request.assumeStartAt !== undefined && request.assumeStartAt > now) {
    const start = new Date(request.assumeStartAt).toISOString();
    return refuse("BAD_PARAMETER", `access request "${request.id}" can be used from ${start} on`);
  }
  return undefined;
}

function lend({ roles, resourceIds, accessExpiresAt }: AccessRequest): LentAccess {
  return { allow: true, roles, resourceIds, accessExpiresAt };
}
