import type { ResourceId } from "../resource-id.ts";
import { type Refusal, refuse } from "../verdict.ts";
import { allowsKubernetesKinds, kubernetesKindsOf, refuseKubernetesKinds } from "./kubernetes-kinds.ts";
import { findReasonRule } from "./reason-policy.ts";
import type { RequestPolicy } from "./request-policy.ts";
import { decideRole, type RuleReference, requestableRoles, searchableRoles } from "./requestable-roles.ts";
import type { Requester, RoleCatalogue } from "./requester.ts";
import { applicableRoles, type ResourceAccess, rolesForResources } from "./resource-roles.ts";
import { type AccessRequestWish, isPending } from "./wish.ts";

export interface AskedRolesContext {
  readonly requester: Requester;
  readonly catalogue: RoleCatalogue;
  readonly resources: ResourceAccess;
  readonly clusterName: string;
}

/** The names of the roles that a wish comes to: as named, every requestable one for `*`, or those of the resources. */
export function askedRoles(
  wish: AccessRequestWish,
  policies: readonly RequestPolicy[],
  context: AskedRolesContext,
): readonly string[] | Refusal {
  if (wish.roles.length === 0) return rolesForResources(wish, { ...context, policies });
  if (!wish.roles.includes("*")) return wish.roles;
  if (wish.roles.length > 1) return refuse("BAD_PARAMETER", "ask for `*` alone or for named roles");
  if (wish.resourceIds.length > 0) return refuse("BAD_PARAMETER", "`*` cannot be asked for with resources");
  if (!isPending(wish)) return refuse("BAD_PARAMETER", "only a pending request can ask for `*`");
  const held = context.requester.roles.map((role) => role.name);
  const all = requestableRoles(policies, context.catalogue.names(), held);
  if (all.length > 0) return all;
  return refuse("BAD_PARAMETER", `user "${wish.user}" has no role left to request`);
}

export interface AskedFor {
  readonly roles: readonly string[];
  /** Whose reason policy counts: the roles, and those that pruning by login left out. */
  readonly reasonRoles: readonly string[];
  readonly resourceIds: readonly ResourceId[];
  readonly requestReason: string;
  readonly dryRun: boolean;
}

/** Whether the rules let them ask for exactly these roles; also asked again whenever an approved request is used. */
export function checkMayAsk(
  asked: AskedFor,
  policies: readonly RequestPolicy[],
  requester: Requester,
): Refusal | undefined {
  return (
    checkRoles(asked, policies, requester) ??
    checkKubernetes(asked, policies) ??
    checkReasonGiven(asked, policies, requester)
  );
}

function checkRoles(
  asked: AskedFor,
  policies: readonly RequestPolicy[],
  requester: Requester,
): Refusal | undefined {
  const askingFor = asked.resourceIds.length > 0 ? "resources" : "roles";
  for (const name of asked.roles) {
    const verdict = decideRole(policies, name, askingFor);
    if (!verdict.allow) {
      return refuse(
        "BAD_PARAMETER",
        `user "${requester.name}" cannot request role "${name}": ${say(verdict.by)}`,
      );
    }
  }
  return undefined;
}

/** The names of the rules stay with `explain`: who is refused may not be one who can read roles. */
function say(forbidding: readonly RuleReference[]): string {
  return forbidding.length > 0 ? "one of their roles forbids it" : "none of their roles allows it";
}

function checkKubernetes(asked: AskedFor, policies: readonly RequestPolicy[]): Refusal | undefined {
  const kinds = kubernetesKindsOf(asked.resourceIds);
  if (asked.roles.every((name) => allowsKubernetesKinds(policies, name, kinds))) return undefined;
  return refuseKubernetesKinds(policies, asked.roles, kinds);
}

function checkReasonGiven(
  asked: AskedFor,
  policies: readonly RequestPolicy[],
  requester: Requester,
): Refusal | undefined {
  if (asked.dryRun || asked.requestReason.trim() !== "") return undefined;
  if (findReasonRule(requester, policies, asked.reasonRoles) === undefined) return undefined;
  return refuse("BAD_PARAMETER", "a reason is required for this request (spec.request_reason)");
}

/** Of a resource request all roles count that open a resource, so that a login hint never drops a required reason. */
export function reasonRoles(
  roles: readonly string[],
  { resourceIds }: Pick<AccessRequestWish, "resourceIds">,
  policies: readonly RequestPolicy[],
  context: AskedRolesContext,
): readonly string[] {
  if (resourceIds.length === 0) return roles;
  const anyLogin = { resourceIds, loginHint: "" };
  const opening = applicableRoles(searchableRoles(policies), anyLogin, { ...context, policies });
  return [...new Set([...roles, ...opening])];
}
