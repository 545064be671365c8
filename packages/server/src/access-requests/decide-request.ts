import type { Role } from "../roles/index.ts";
import type { AccessRequest } from "./access-request.ts";
import { askedRoles, checkMayAsk, reasonRoles } from "./asking/asked-roles.ts";
import { attachThresholds } from "./asking/attach-thresholds.ts";
import { computeTimes } from "./asking/compute-times.ts";
import { expandAnnotations } from "./asking/expand-annotations.ts";
import { findReasonRule, reasonPrompts } from "./asking/reason-policy.ts";
import { type RequestPolicy, readRequestPolicies } from "./asking/request-policy.ts";
import type { Requester, RoleCatalogue } from "./asking/requester.ts";
import type { ResourceAccess } from "./asking/resource-roles.ts";
import { type AccessRequestWish, checkWish } from "./asking/wish.ts";
import type { ResourceId } from "./resource-id.ts";
import { settleRequest } from "./reviewing/settle-request.ts";
import { isRefusal, type Refusal, refuse } from "./verdict.ts";

export interface RequestQuestion {
  readonly wish: AccessRequestWish;
  /** Chosen by the server, whatever the client sent. */
  readonly id: string;
  readonly requester: Requester;
  readonly catalogue: RoleCatalogue;
  readonly resources: ResourceAccess;
  readonly clusterName: string;
  /** Clusters besides this one whose resources may be named. */
  readonly remoteClusters: readonly string[];
  readonly now: number;
}

/** The request as it will be stored, with everything that the roles say about it written into it. */
export interface RequestAllowed {
  readonly allow: true;
  readonly request: AccessRequest;
}

/** May they ask for this, and what exactly is it that they then ask for? */
export function decideRequest(question: RequestQuestion): RequestAllowed | Refusal {
  const wish = checkWish(question.wish);
  if (isRefusal(wish)) return wish;
  const policies = readRequestPolicies(question.requester);
  const strange = checkClusters(wish.resourceIds, question);
  if (strange !== undefined) return strange;
  const roleNames = askedRoles(wish, policies, question);
  if (isRefusal(roleNames)) return roleNames;
  const asked = {
    ...wish,
    roles: roleNames,
    reasonRoles: reasonRoles(roleNames, wish, policies, question),
  };
  const forbidden = checkMayAsk(asked, policies, question.requester);
  if (forbidden !== undefined) return forbidden;
  // Only now: who may not ask for a role does not learn whether it is there.
  const roles = loadRoles(roleNames, question.catalogue);
  return isRefusal(roles) ? roles : expand(asked, roles, policies, question);
}

function expand(
  asked: AccessRequestWish & { readonly reasonRoles: readonly string[] },
  roles: readonly Role[],
  policies: readonly RequestPolicy[],
  { id, requester, now }: RequestQuestion,
): RequestAllowed | Refusal {
  const { reasonRoles: reasoning, ...wish } = asked;
  const thresholds = attachThresholds(policies, wish.roles);
  if (isRefusal(thresholds)) return thresholds;
  const times = computeTimes({ wish, requester, policies, roles, now });
  if (isRefusal(times)) return times;
  const askingFor = wish.resourceIds.length > 0 ? "resources" : "roles";
  const { accessExpiresAt: _wanted, expiresAt: _asked, ...said } = wish;
  const request: AccessRequest = {
    ...said,
    ...thresholds,
    ...times,
    id,
    state: wish.state === "NONE" ? "PENDING" : wish.state,
    createdAt: now,
    systemAnnotations: expandAnnotations(policies, wish.roles, askingFor, requester.traits),
    suggestedReviewers: suggestedReviewers(wish, policies),
    reviews: [],
    dryRun: wish.dryRun ? describeDryRun(reasoning, policies, requester) : undefined,
    revision: "",
    source: undefined,
  };
  return { allow: true, request: wish.state === "APPROVED" ? approveAtOnce(request) : request };
}

/** An administrator may create a request that is approved already. */
function approveAtOnce(request: AccessRequest): AccessRequest {
  const settled = settleRequest(request, request, request.createdAt);
  return { ...settled, expiresAt: settled.accessExpiresAt };
}

function describeDryRun(
  roles: readonly string[],
  policies: readonly RequestPolicy[],
  requester: Requester,
): AccessRequest["dryRun"] {
  const rule = findReasonRule(requester, policies, roles);
  return {
    reasonMode: rule === undefined ? "optional" : "required",
    reasonPrompts: reasonPrompts(requester),
  };
}

function suggestedReviewers(wish: AccessRequestWish, policies: readonly RequestPolicy[]): readonly string[] {
  if (wish.suggestedReviewers.length > 0) return wish.suggestedReviewers;
  return suggestedByRoles(policies);
}

export function suggestedByRoles(policies: readonly RequestPolicy[]): readonly string[] {
  return [...new Set(policies.flatMap((policy) => policy.allow?.suggestedReviewers ?? []))];
}

function loadRoles(names: readonly string[], catalogue: RoleCatalogue): readonly Role[] | Refusal {
  const roles: Role[] = [];
  for (const name of names) {
    const role = catalogue.get(name);
    if (role === undefined) return refuse("NOT_FOUND", `role "${name}" is not there`);
    roles.push(role);
  }
  return roles;
}

function checkClusters(
  resourceIds: readonly ResourceId[],
  { clusterName, remoteClusters }: RequestQuestion,
): Refusal | undefined {
  const known = new Set(["", clusterName, ...remoteClusters]);
  const unknown = resourceIds.find((id) => !known.has(id.cluster));
  return unknown && refuse("NOT_FOUND", `cluster "${unknown.cluster}" is not there`);
}
