import {
  type WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import { createResourceStore, type ResourceStore } from "../../resources/index.ts";
import { type Backend, type Key, key, prefix } from "../../storage/index.ts";

export type RevocationStore = ResourceStore<WorkloadIdentityX509Revocation>;

export const revocationsPrefix: Key = prefix("workload_identity_x509_revocations");

/** Revocations of X.509 SVIDs: `/workload_identity_x509_revocations/<serial number>`. */
export function createRevocationStore(backend: Backend): RevocationStore {
  return createResourceStore<WorkloadIdentityX509Revocation>({
    backend,
    desc: WorkloadIdentityX509RevocationSchema,
    noun: "revocation of an X.509 SVID",
    prefix: revocationsPrefix,
    keyOf: (name) => key("workload_identity_x509_revocations", name),
  });
}
