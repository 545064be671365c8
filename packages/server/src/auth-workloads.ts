import { SPIFFEFederationService } from "@sallyport/api/gen/teleport/machineid/v1/federation_service_pb";
import { WorkloadIdentityService } from "@sallyport/api/gen/teleport/machineid/v1/workload_identity_service_pb";
import { WorkloadIdentityIssuanceService } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { WorkloadIdentityResourceService } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_service_pb";
import { WorkloadIdentityRevocationService } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_service_pb";
import type { AuthRooms } from "./auth-rooms.ts";
import { createCaKeys } from "./authority/index.ts";
import { federationRpcs } from "./inventory/index.ts";
import { type ServedService, serve } from "./rpc/index.ts";
import type { WatchSource } from "./watch/index.ts";
import {
  createRevocationStore,
  type IssuingDeps,
  identityWatchSource,
  olderWorkloadRpcs,
  revocationWatchSource,
  workloadIdentityRpcs,
  workloadIssuanceRpcs,
  workloadRevocationRpcs,
} from "./workload-identity/index.ts";

/** Services of workload identities. */
export function workloadServices(rooms: AuthRooms): readonly ServedService[] {
  const { workloadIdentities: identities, audit } = rooms;
  return [
    serve(WorkloadIdentityResourceService, workloadIdentityRpcs({ identities, auditChange: audit.change })),
    serve(WorkloadIdentityIssuanceService, workloadIssuanceRpcs(issuingOf(rooms))),
    serve(WorkloadIdentityRevocationService, workloadRevocationRpcs(revokingOf(rooms))),
    serve(WorkloadIdentityService, olderWorkloadRpcs({ ...issuingOf(rooms), backend: rooms.backend })),
    serve(SPIFFEFederationService, federationRpcs()),
  ];
}

export function workloadWatchSources(rooms: AuthRooms): readonly WatchSource[] {
  return [
    identityWatchSource(rooms.workloadIdentities),
    revocationWatchSource(createRevocationStore(rooms.backend)),
  ];
}

function revokingOf({ backend, revocations, revocationLists, x509RevocationFeed, ...rooms }: AuthRooms) {
  return {
    backend,
    revocations,
    auditChange: rooms.audit.change,
    rememberMs: rooms.config.certificateHistoryMs,
    x509Revocations: createRevocationStore(backend),
    clock: rooms.clock,
    lists: revocationLists,
    feed: x509RevocationFeed,
  };
}

function issuingOf({ workloadIdentities, cluster, authorities, ...rooms }: AuthRooms): IssuingDeps {
  return {
    identities: workloadIdentities,
    clusterName: cluster.name,
    // There is no proxy, whose public address would stand here.
    issuer: `https://${cluster.name}/workload-identity`,
    rolesOf: rooms.roles.getAll,
    labelsOf: async (user) => (await rooms.users.get(user))?.labels ?? {},
    caKeys: createCaKeys(authorities),
    inventory: rooms.inventory,
    auditChange: rooms.audit.change,
  };
}
