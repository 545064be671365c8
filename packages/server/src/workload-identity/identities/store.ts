import {
  type WorkloadIdentity,
  WorkloadIdentitySchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import { createResourceStore, type ResourceStore } from "../../resources/index.ts";
import { type Backend, type Change, type Key, key, prefix, type Revision } from "../../storage/index.ts";
import type { WorkloadIdentity as Decided } from "../workload-identity.ts";

export type IdentityStore = ResourceStore<WorkloadIdentity>;

export const identitiesPrefix: Key = prefix("workload_identities");

const keyOf = (name: string): Key => key("workload_identities", name);

/** Holds while the identity is as it was when something was decided on it; goes into the commit of that. */
export const unchanged = ({ name, revision }: Pick<Decided, "name" | "revision">): Change => ({
  op: "check",
  key: keyOf(name),
  condition: { is: "at", revision: revision as Revision },
});

/** Workload identities: `/workload_identities/<name>`. */
export function createIdentityStore(backend: Backend): IdentityStore {
  return createResourceStore<WorkloadIdentity>({
    backend,
    desc: WorkloadIdentitySchema,
    noun: "workload identity",
    prefix: identitiesPrefix,
    keyOf,
  });
}
