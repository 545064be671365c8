import { AppError } from "@sallyport/api";
import type { WorkloadAttrs } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import { applyTraits, builtinRolesOf, decideResourceAccess, type Role } from "../../roles/index.ts";
import { type Call, isSystemRole, type Verdict } from "../../rpc/index.ts";
import { type AskerAttributes, readAttributes } from "../attributes/read-attributes.ts";
import type { WorkloadIdentity } from "../workload-identity.ts";
import type { IssuingDeps } from "./issue-deps.ts";

/** Whoever asks for credentials: what is known of them, and what their roles let them reach. */
export interface Asker {
  readonly attributes: AskerAttributes;
  readonly roles: readonly Role[];
  mayReach(identity: WorkloadIdentity): Verdict;
}

type LookUp = Pick<IssuingDeps, "rolesOf" | "labelsOf" | "clusterName">;

export async function findAsker(deps: LookUp, sent: WorkloadAttrs | undefined, call: Call): Promise<Asker> {
  const { caller } = call;
  refuseLimited(call);
  const [roles, labels] = await Promise.all([
    rolesOfCaller(deps, call),
    caller.kind === "user" ? deps.labelsOf(caller.name) : {},
  ]);
  return {
    attributes: readAttributes(caller, labels, sent),
    roles,
    mayReach: (identity) =>
      decideResourceAccess(roles, caller.traits, { kind: "workload_identity", labels: identity.labels }),
  };
}

/**
 * Roles that an access request lends for certain resources are for these alone; workload identities cannot be asked
 * for, so that they are never among them (threat 17).
 */
function refuseLimited({ caller }: Call): void {
  if (caller.identity?.allowedResourceIds === undefined) return;
  throw new AppError(
    "ACCESS_DENIED",
    "the certificate is limited to the resources of an access request, and no workload identity is one of them",
  );
}

async function rolesOfCaller(deps: LookUp, { caller }: Call): Promise<readonly Role[]> {
  if (caller.kind === "system") return builtinRolesOf(deps.clusterName)(caller.roles.filter(isSystemRole));
  const { roles, missing } = await deps.rolesOf(caller.roles);
  // A role that is gone might have denied something.
  if (missing.length > 0) throw new AppError("ACCESS_DENIED");
  return roles.map((role) => applyTraits(role, caller.traits));
}
