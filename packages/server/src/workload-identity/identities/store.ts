import {
  type WorkloadIdentity,
  WorkloadIdentitySchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import { createResourceStore, type ResourceStore } from "../../resources/index.ts";
import { type Backend, type Key, key, prefix } from "../../storage/index.ts";

export type IdentityStore = ResourceStore<WorkloadIdentity>;

export const identitiesPrefix: Key = prefix("workload_identities");

/** Workload identities: `/workload_identities/<name>`. */
export function createIdentityStore(backend: Backend): IdentityStore {
  return createResourceStore<WorkloadIdentity>({
    backend,
    desc: WorkloadIdentitySchema,
    noun: "workload identity",
    prefix: identitiesPrefix,
    keyOf: (name) => key("workload_identities", name),
  });
}
