import type { Traits } from "@sallyport/api";
import { newRole, type RequestConditions, type ReviewConditions, type Role } from "../../roles/index.ts";
import type { AccessRequest, AccessReview } from "../access-request.ts";
import type { Requester, RoleCatalogue } from "../asking/requester.ts";
import { noResources, type ResourceAccess } from "../asking/resource-roles.ts";
import type { AccessRequestWish } from "../asking/wish.ts";
import type { RequestQuestion } from "../decide-request.ts";
import type { Reviewer } from "../reviewing/review-permission.ts";

// Small worlds for tests: people, roles and requests from the few things that a test is about.

export const NOW = Date.UTC(2026, 0, 15, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function requestRules(parts: Partial<RequestConditions>): RequestConditions {
  return {
    roles: [],
    claimsToRoles: [],
    annotations: {},
    thresholds: [],
    suggestedReviewers: [],
    searchAsRoles: [],
    maxDurationMs: 0,
    kubernetesResources: [],
    reasonMode: "",
    ...parts,
  };
}

export function reviewRules(parts: Partial<ReviewConditions>): ReviewConditions {
  return { roles: [], claimsToRoles: [], where: "", previewAsRoles: [], ...parts };
}

export interface Asking {
  readonly allow?: Partial<RequestConditions>;
  readonly deny?: Partial<RequestConditions>;
  readonly options?: Partial<Role["options"]>;
}

export function askingRole(name: string, { allow, deny, options }: Asking): Role {
  return newRole(name, {
    options: options ?? {},
    allow: { request: allow && requestRules(allow) },
    deny: { request: deny && requestRules(deny) },
  });
}

export function reviewingRole(
  name: string,
  allow: Partial<ReviewConditions> | undefined,
  deny?: Partial<ReviewConditions>,
): Role {
  return newRole(name, {
    allow: { reviewRequests: allow && reviewRules(allow) },
    deny: { reviewRequests: deny && reviewRules(deny) },
  });
}

export function catalogueOf(...roles: readonly Role[]): RoleCatalogue {
  const byName = new Map(roles.map((role) => [role.name, role]));
  return { get: (name) => byName.get(name), names: () => [...byName.keys()] };
}

export function requesterWith(roles: readonly Role[], traits: Traits = {}, name = "alice"): Requester {
  return { name, roles, traits, identityExpiresAt: NOW + 12 * HOUR };
}

export function reviewerWith(name: string, roles: readonly Role[], traits: Traits = {}): Reviewer {
  return { name, roles, traits };
}

export function wishFor(parts: Partial<AccessRequestWish>): AccessRequestWish {
  return {
    user: "alice",
    roles: [],
    resourceIds: [],
    state: "PENDING",
    requestReason: "",
    resolveReason: "",
    resolveAnnotations: {},
    suggestedReviewers: [],
    promotedTo: undefined,
    labels: {},
    loginHint: "",
    dryRun: false,
    accessExpiresAt: undefined,
    expiresAt: undefined,
    maxDurationAt: undefined,
    assumeStartAt: undefined,
    ...parts,
  };
}

export interface World {
  readonly roles?: readonly Role[];
  readonly traits?: Traits;
  readonly catalogue?: readonly Role[];
  readonly resources?: ResourceAccess;
}

/** The question of a user with these roles; roles that are asked for exist unless a catalogue says otherwise. */
export function questionOf(
  wish: Partial<AccessRequestWish>,
  { roles = [], traits = {}, catalogue, resources }: World,
): RequestQuestion {
  const asked = (wish.roles ?? []).map((name) => newRole(name));
  return {
    wish: wishFor(wish),
    id: "00000000-0000-7000-8000-000000000001",
    requester: requesterWith(roles, traits),
    catalogue: catalogueOf(...(catalogue ?? asked)),
    resources: resources ?? noResources,
    clusterName: "here",
    remoteClusters: ["there"],
    now: NOW,
  };
}

/** A pending request for one role with the default threshold. */
export function requestWith(parts: Partial<AccessRequest>): AccessRequest {
  const roles = parts.roles ?? ["dev"];
  return {
    ...wishFor({}),
    id: "00000000-0000-7000-8000-000000000001",
    roles,
    state: "PENDING",
    createdAt: NOW,
    accessExpiresAt: NOW + 8 * HOUR,
    expiresAt: NOW + 4 * HOUR,
    maxDurationAt: undefined,
    sessionTtlAt: undefined,
    assumeStartAt: undefined,
    accessDurationMs: undefined,
    systemAnnotations: {},
    thresholds: [{ name: "default", filter: "", approve: 1, deny: 1 }],
    roleThresholds: Object.fromEntries(roles.map((role) => [role, [[0]]])),
    reviews: [],
    dryRun: undefined,
    revision: "",
    source: undefined,
    ...parts,
  };
}

export function reviewBy(author: string, parts: Partial<AccessReview> = {}): AccessReview {
  return {
    author,
    roles: [],
    proposedState: "APPROVED",
    reason: "",
    createdAt: 0,
    annotations: {},
    thresholdIndexes: [],
    assumeStartAt: undefined,
    promotedTo: undefined,
    ...parts,
  };
}
