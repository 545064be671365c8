import { AppError } from "@sallyport/api";
import { WorkloadIdentityX509RevocationSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import type { WorkloadIdentityRevocationService } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_service_pb";
import type { RpcTable } from "../../rpc/index.ts";
import { listPage } from "../identities/list-page.ts";
import {
  createRevocation,
  deleteRevocation,
  type RevocationDeps,
  updateRevocation,
  upsertRevocation,
} from "./save-revocation.ts";
import { type CrlStreamDeps, streamCrl } from "./stream-crl.ts";

const kind = "workload_identity_x509_revocation";
const created = "workload_identity_x509_revocation.create";
const updated = "workload_identity_x509_revocation.update";
/** Of the entry in the inventory. */
const revoked = "certificate.revoke";

/** Revocations of X.509 SVIDs, and the signed list of them. */
export function workloadRevocationRpcs(
  deps: RevocationDeps & CrlStreamDeps,
): RpcTable<typeof WorkloadIdentityRevocationService> {
  return {
    createWorkloadIdentityX509Revocation: {
      access: { kind, verbs: ["create"] },
      audit: [created, revoked],
      handle: ({ workloadIdentityX509Revocation }, call) =>
        createRevocation(deps, workloadIdentityX509Revocation, call),
    },
    updateWorkloadIdentityX509Revocation: {
      access: { kind, verbs: ["update"] },
      audit: [updated, revoked],
      handle: ({ workloadIdentityX509Revocation }, call) =>
        updateRevocation(deps, workloadIdentityX509Revocation, call),
    },
    upsertWorkloadIdentityX509Revocation: {
      access: { kind, verbs: ["create", "update"] },
      audit: [created, updated, revoked],
      handle: ({ workloadIdentityX509Revocation }, call) =>
        upsertRevocation(deps, workloadIdentityX509Revocation, call),
    },
    getWorkloadIdentityX509Revocation: {
      access: { kind, verbs: ["read"] },
      handle: ({ name }) => {
        if (name === "") throw new AppError("BAD_PARAMETER", "the serial number is missing");
        return deps.x509Revocations.read(name);
      },
    },
    deleteWorkloadIdentityX509Revocation: {
      access: { kind, verbs: ["delete"] },
      audit: ["workload_identity_x509_revocation.delete"],
      handle: async ({ name }, call) => {
        await deleteRevocation(deps, name, call);
        return {};
      },
    },
    listWorkloadIdentityX509Revocations: {
      access: { kind, verbs: ["list", "read"] },
      handle: (request) => listPage(deps.x509Revocations, WorkloadIdentityX509RevocationSchema, request),
    },
    streamSignedCRL: {
      access: { decidedBy: "any certificate: revocation lists are public" },
      handle: (_, call) => streamCrl(deps, call.signal),
    },
  };
}
