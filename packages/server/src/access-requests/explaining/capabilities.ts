import { findReasonRule, reasonPrompts } from "../asking/reason-policy.ts";
import { readRequestPolicies } from "../asking/request-policy.ts";
import { requestableRoles } from "../asking/requestable-roles.ts";
import type { Requester, RoleCatalogue } from "../asking/requester.ts";
import { applicableRoles, type ResourceAccess, rolesForResources } from "../asking/resource-roles.ts";
import { suggestedByRoles } from "../decide-request.ts";
import type { ResourceId } from "../resource-id.ts";
import { isRefusal, type Refusal } from "../verdict.ts";

/** What a client wants to know before it offers somebody to ask. */
export interface CapabilitiesWish {
  readonly requestableRoles: boolean;
  readonly suggestedReviewers: boolean;
  readonly resourceIds: readonly ResourceId[];
  readonly login: string;
  /** List only requestable roles that open the resources; has no meaning for resources of other clusters. */
  readonly filterByResource: boolean;
}

export interface CapabilitiesQuestion {
  readonly wish: CapabilitiesWish;
  readonly requester: Requester;
  readonly catalogue: RoleCatalogue;
  readonly resources: ResourceAccess;
  readonly clusterName: string;
}

export interface Capabilities {
  readonly requestableRoles: readonly string[];
  readonly suggestedReviewers: readonly string[];
  readonly applicableRoles: readonly string[];
  readonly requestPrompt: string;
  readonly requireReason: boolean;
  readonly autoRequest: boolean;
}

export function describeCapabilities(question: CapabilitiesQuestion): Capabilities | Refusal {
  const { wish, requester } = question;
  const context = { ...question, policies: readRequestPolicies(requester) };
  const requestable = wish.requestableRoles ? listRequestable(context) : [];
  const applicable = listApplicable(context);
  if (isRefusal(applicable)) return applicable;
  const { policies } = context;
  return {
    requestableRoles: requestable,
    applicableRoles: applicable,
    suggestedReviewers: wish.suggestedReviewers ? suggestedByRoles(policies) : [],
    requestPrompt: reasonPrompts(requester)[0] ?? "",
    requireReason:
      findReasonRule(requester, policies, wish.requestableRoles ? requestable : applicable) !== undefined,
    autoRequest: requester.roles.some((role) => role.options.requestAccess !== "optional"),
  };
}

type Context = CapabilitiesQuestion & { readonly policies: ReturnType<typeof readRequestPolicies> };

function listRequestable(context: Context): readonly string[] {
  const { wish, requester, catalogue, policies, clusterName } = context;
  const held = requester.roles.map((role) => role.name);
  const requestable = requestableRoles(policies, catalogue.names(), held);
  const isHere = wish.resourceIds.every(({ cluster }) => cluster === clusterName);
  if (!wish.filterByResource || wish.resourceIds.length === 0 || !isHere) return requestable;
  return applicableRoles(requestable, { resourceIds: wish.resourceIds, loginHint: wish.login }, context);
}

function listApplicable(context: Context): readonly string[] | Refusal {
  const { resourceIds, filterByResource, login } = context.wish;
  if (resourceIds.length === 0 || filterByResource) return [];
  return rolesForResources({ resourceIds, loginHint: login }, context);
}
