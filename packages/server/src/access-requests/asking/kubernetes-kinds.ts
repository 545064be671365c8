import { isKubernetesKind, type ResourceId } from "../resource-id.ts";
import { type Refusal, refuse } from "../verdict.ts";
import type { RequestPolicy } from "./request-policy.ts";

/** The Kubernetes kinds among the resources. */
export function kubernetesKindsOf(resourceIds: readonly ResourceId[]): readonly string[] {
  return [...new Set(resourceIds.map((id) => id.kind).filter(isKubernetesKind))];
}

/** Whether the requester may ask for these Kubernetes kinds through the role. */
export function allowsKubernetesKinds(
  policies: readonly RequestPolicy[],
  roleName: string,
  kinds: readonly string[],
): boolean {
  const allowed = allowedKinds(policies, roleName);
  const denied = new Set(
    policies.flatMap((policy) => policy.deny?.kubernetesResources.map(({ kind }) => kind) ?? []),
  );
  const isAllowed = (kind: string) => allowed.has("*") || allowed.has(kind);
  return kinds.every((kind) => isAllowed(kind) && !denied.has("*") && !denied.has(kind));
}

/** The words that clients look for, then what would be allowed. */
export function refuseKubernetesKinds(
  policies: readonly RequestPolicy[],
  roles: readonly string[],
  kinds: readonly string[],
): Refusal {
  const lists = roles.map((name) => `${name}: [${[...allowedKinds(policies, name)].sort().join(", ")}]`);
  return refuse(
    "BAD_PARAMETER",
    `your Teleport role's "request.kubernetes_resources" field does not allow requesting ${kinds.join(", ")}; ` +
      `allowed kinds for each role: ${lists.join("; ")}`,
  );
}

/** A role that opens the way and lists no kinds allows all of them. */
function allowedKinds(policies: readonly RequestPolicy[], roleName: string): ReadonlySet<string> {
  const lists = policies
    .map((policy) => policy.allow)
    .filter((allow) => allow?.searchAsRoles.includes(roleName))
    .map((allow) => allow?.kubernetesResources.map(({ kind }) => kind) ?? []);
  return new Set(lists.flatMap((kinds) => (kinds.length === 0 ? ["*"] : kinds)));
}
