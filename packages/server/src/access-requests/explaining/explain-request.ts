import { AppError } from "@sallyport/api";
import type { Call } from "../../rpc/index.ts";
import type { AccessRequest } from "../access-request.ts";
import { readRequestPolicies } from "../asking/request-policy.ts";
import { searchableRoles } from "../asking/requestable-roles.ts";
import { noResources } from "../asking/resource-roles.ts";
import { type AccessRequestWish, checkLengths } from "../asking/wish.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadCatalogue, loadRequester } from "../load-people.ts";
import { isInSight } from "../reading/decide-visibility.ts";
import { findSight } from "../reading/find-sight.ts";
import type { ResourceId } from "../resource-id.ts";
import { loadRequest } from "../store.ts";
import { requestNotFound } from "../storing/change-request.ts";
import { orThrow } from "../verdict.ts";
import {
  explainRequest,
  explainReview,
  explainThresholds,
  type RequestExplanation,
  type ReviewExplanation,
} from "./explain.ts";
import { checkMayLookAt } from "./get-capabilities.ts";

/** What is to be explained: a wish of a user, or a stored request. */
export interface ExplainWish {
  readonly user: string;
  readonly roles: readonly string[];
  readonly resourceIds: readonly ResourceId[];
  /** "" = the wish. */
  readonly requestId: string;
  /** "" = nobody's review. */
  readonly reviewer: string;
}

export interface Explanation extends RequestExplanation {
  /** Whether the reviewer that was named may review it. */
  readonly review: ReviewExplanation | undefined;
}

/** Why somebody may ask or review, or not: the decisions themselves, asked without doing anything. */
export async function explainAccessRequest(
  deps: AccessRequestDeps,
  wish: ExplainWish,
  call: Call,
): Promise<Explanation> {
  const stored = wish.requestId === "" ? undefined : await loadVisible(deps, wish.requestId, call);
  const user = stored?.user ?? (wish.user === "" ? call.caller.name : wish.user);
  checkMayLookAt(user, call);
  if (wish.reviewer !== "") checkMayLookAt(wish.reviewer, call);
  const explained = await explainAsking(deps, stored ?? { ...wish, user }, call);
  const request = stored ?? explained.request;
  const reviewer = wish.reviewer === "" ? undefined : await loadRequester(deps, wish.reviewer);
  return {
    ...explained,
    thresholds: stored === undefined ? explained.thresholds : explainThresholds(stored),
    setsFrom: stored === undefined ? explained.setsFrom : stillFrom(stored, explained.setsFrom),
    review: reviewer && request && explainReview([reviewer], request)[reviewer.name],
  };
}

async function loadVisible(deps: AccessRequestDeps, id: string, call: Call): Promise<AccessRequest> {
  const sight = await findSight(deps, call.caller, "");
  const request = await loadRequest(deps.backend, id);
  if (request === undefined || !isInSight(sight, request)) throw requestNotFound(id);
  return request;
}

/** Sets do not say which role brought them; it can be told only while the requester's roles still bring as many. */
function stillFrom(
  { roleThresholds }: AccessRequest,
  setsFrom: Explanation["setsFrom"],
): Explanation["setsFrom"] {
  const known = Object.entries(setsFrom).filter(
    ([role, from]) => roleThresholds[role]?.length === from.length,
  );
  return Object.fromEntries(known);
}

type Asked = Pick<ExplainWish, "user" | "roles" | "resourceIds">;

async function explainAsking(deps: AccessRequestDeps, asked: Asked, call: Call): Promise<RequestExplanation> {
  orThrow(checkLengths(asked));
  const requester = await loadRequester(deps, asked.user);
  const searchable = asked.resourceIds.length > 0 ? searchableRoles(readRequestPolicies(requester)) : [];
  const names = asked.roles.includes("*") ? "all" : [...asked.roles, ...searchable];
  if (asked.roles.length === 0 && asked.resourceIds.length === 0) {
    throw new AppError("BAD_PARAMETER", "name roles or resources to explain");
  }
  return explainRequest({
    wish: { ...emptyWish, user: asked.user, roles: asked.roles, resourceIds: asked.resourceIds },
    id: "",
    requester,
    catalogue: await loadCatalogue(deps, names),
    resources: deps.resources ?? noResources,
    clusterName: deps.clusterName,
    remoteClusters: deps.remoteClusters?.() ?? [],
    now: call.now,
  });
}

const emptyWish: AccessRequestWish = {
  user: "",
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
  dryRun: true,
  accessExpiresAt: undefined,
  expiresAt: undefined,
  maxDurationAt: undefined,
  assumeStartAt: undefined,
};
