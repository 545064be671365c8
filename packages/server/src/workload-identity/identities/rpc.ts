import { AppError } from "@sallyport/api";
import { WorkloadIdentitySchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import type { WorkloadIdentityResourceService } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_service_pb";
import type { RpcTable } from "../../rpc/index.ts";
import { listPage } from "./list-page.ts";
import {
  createIdentity,
  deleteIdentity,
  type IdentityDeps,
  updateIdentity,
  upsertIdentity,
} from "./save-identity.ts";

const kind = "workload_identity";
const created = "workload_identity.create";
const updated = "workload_identity.update";

/** Workload identities as resources. */
export function workloadIdentityRpcs(deps: IdentityDeps): RpcTable<typeof WorkloadIdentityResourceService> {
  return {
    createWorkloadIdentity: {
      access: { kind, verbs: ["create"] },
      audit: [created],
      handle: ({ workloadIdentity }, call) => createIdentity(deps, workloadIdentity, call),
    },
    updateWorkloadIdentity: {
      access: { kind, verbs: ["update"] },
      audit: [updated],
      handle: ({ workloadIdentity }, call) => updateIdentity(deps, workloadIdentity, call),
    },
    upsertWorkloadIdentity: {
      access: { kind, verbs: ["create", "update"] },
      audit: [created, updated],
      handle: ({ workloadIdentity }, call) => upsertIdentity(deps, workloadIdentity, call),
    },
    getWorkloadIdentity: {
      access: { kind, verbs: ["read"] },
      handle: ({ name }) => {
        if (name === "") throw new AppError("BAD_PARAMETER", "the name of the workload identity is missing");
        return deps.identities.read(name);
      },
    },
    deleteWorkloadIdentity: {
      access: { kind, verbs: ["delete"] },
      audit: ["workload_identity.delete"],
      handle: async ({ name }, call) => {
        await deleteIdentity(deps, name, call);
        return {};
      },
    },
    listWorkloadIdentities: {
      access: { kind, verbs: ["list", "read"] },
      handle: (request) => listPage(deps.identities, WorkloadIdentitySchema, request),
    },
  };
}
