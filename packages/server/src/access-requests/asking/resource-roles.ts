import type { Role } from "../../roles/index.ts";
import type { ResourceId } from "../resource-id.ts";
import { type Refusal, refuse } from "../verdict.ts";
import { allowsKubernetesKinds, kubernetesKindsOf, refuseKubernetesKinds } from "./kubernetes-kinds.ts";
import type { RequestPolicy } from "./request-policy.ts";
import { searchableRoles } from "./requestable-roles.ts";
import type { RoleCatalogue } from "./requester.ts";

/** What is known of the resources of the cluster; handed in, so that a decision never looks anything up. */
export interface ResourceAccess {
  /** Whether the role lets its holder reach the resource, as this login where one is given. */
  allows(role: Role, resource: ResourceId, login: string): boolean;
  /** How many logins the role gives on the resource. */
  countLogins(role: Role, resource: ResourceId): number;
}

/** For a cluster without an inventory: no role reaches anything. */
export const noResources: ResourceAccess = { allows: () => false, countLogins: () => 0 };

export interface ResourceWish {
  readonly resourceIds: readonly ResourceId[];
  readonly loginHint: string;
}

export interface ResourceContext {
  readonly policies: readonly RequestPolicy[];
  readonly catalogue: RoleCatalogue;
  readonly resources: ResourceAccess;
  readonly clusterName: string;
}

/** The roles to ask for where the user only names resources: those that open at least one of them. */
export function rolesForResources(wish: ResourceWish, context: ResourceContext): readonly string[] | Refusal {
  const searchable = searchableRoles(context.policies);
  if (searchable.length === 0) {
    return refuse("ACCESS_DENIED", "none of your roles lets you request access to resources");
  }
  const kinds = kubernetesKindsOf(wish.resourceIds);
  const usable = searchable.filter((name) => allowsKubernetesKinds(context.policies, name, kinds));
  if (usable.length === 0) return refuseKubernetesKinds(context.policies, searchable, kinds);
  if (wish.resourceIds.some((id) => isElsewhere(id, context))) return usable;
  const opening = applicableRoles(usable, wish, context);
  if (opening.length > 0) return opening;
  return refuse("BAD_PARAMETER", "none of the roles that you can request gives access to these resources");
}

/** Those of the roles that open a resource; with a login, for each resource the one that gives the fewest logins. */
export function applicableRoles(
  roleNames: readonly string[],
  { resourceIds, loginHint }: ResourceWish,
  { catalogue, resources }: ResourceContext,
): readonly string[] {
  const roles = roleNames.map((name) => catalogue.get(name)).filter((role) => role !== undefined);
  const chosen = resourceIds.flatMap((id) => {
    const opening = roles.filter((role) => resources.allows(role, id, loginHint));
    return loginHint === "" ? opening : narrowest(opening, id, resources);
  });
  return [...new Set(chosen.map((role) => role.name))].sort();
}

function narrowest(roles: readonly Role[], id: ResourceId, resources: ResourceAccess): readonly Role[] {
  const byLogins = [...roles].sort((a, b) => resources.countLogins(a, id) - resources.countLogins(b, id));
  return byLogins.slice(0, 1);
}

function isElsewhere(id: ResourceId, { clusterName }: ResourceContext): boolean {
  return id.cluster !== "" && id.cluster !== clusterName;
}
