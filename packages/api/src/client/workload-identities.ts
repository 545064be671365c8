import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  WorkloadIdentity,
  WorkloadIdentitySchema,
} from "#gen/teleport/workloadidentity/v1/resource_pb.js";
import type {
  WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "#gen/teleport/workloadidentity/v1/revocation_resource_pb.js";
import { eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A workload identity to store, as its document reads. */
export type WorkloadIdentityInit = MessageInitShape<typeof WorkloadIdentitySchema>;

/** A revocation to store. */
export type X509RevocationInit = MessageInitShape<typeof WorkloadIdentityX509RevocationSchema>;

/** SPIFFE IDs for workloads, credentials for them (SVIDs), and the revocation of these. */
export class WorkloadIdentities {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws AppError NOT_FOUND where there is none of that name. */
  get(name: string, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.getWorkloadIdentity({ name }, options);
  }

  /** Every workload identity, in the order of names. */
  async *list(options: CallOptions = {}): AsyncGenerator<WorkloadIdentity, void, undefined> {
    yield* eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.workloadIdentityResources.listWorkloadIdentities(
        { pageToken, pageSize },
        options,
      );
      return { items: page.workloadIdentities, nextKey: page.nextPageToken };
    });
  }

  /** @throws AppError ALREADY_EXISTS where the name is taken. */
  create(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.createWorkloadIdentity({ workloadIdentity }, options);
  }

  /** @throws AppError COMPARE_FAILED where it was changed since. */
  update(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.updateWorkloadIdentity({ workloadIdentity }, options);
  }

  /** Creates it or replaces it. */
  upsert(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.upsertWorkloadIdentity({ workloadIdentity }, options);
  }

  /** @throws AppError NOT_FOUND where there is none of that name. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#services.workloadIdentityResources.deleteWorkloadIdentity({ name }, options);
  }

  /** Every revocation, in the order of serial numbers. */
  async *listRevocations(
    options: CallOptions = {},
  ): AsyncGenerator<WorkloadIdentityX509Revocation, void, undefined> {
    yield* eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.workloadIdentityRevocations.listWorkloadIdentityX509Revocations(
        { pageToken, pageSize },
        options,
      );
      return { items: page.workloadIdentityX509Revocations, nextKey: page.nextPageToken };
    });
  }
}
