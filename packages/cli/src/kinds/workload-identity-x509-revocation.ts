import type { WorkloadIdentityX509Revocation } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { kindActions } from "./kind-actions.ts";
import { showInstant } from "./show-values.ts";

export const workloadIdentityX509RevocationActions = kindActions<"workload_identity_x509_revocation">({
  kind: "workload_identity_x509_revocation",
  list: (client) => listRevocations(client),
  get: (client, name) => client.workloadIdentityRevocations.getWorkloadIdentityX509Revocation({ name }),
  create: (client, workloadIdentityX509Revocation) =>
    client.workloadIdentityRevocations.createWorkloadIdentityX509Revocation({
      workloadIdentityX509Revocation,
    }),
  upsert: (client, workloadIdentityX509Revocation) =>
    client.workloadIdentityRevocations.upsertWorkloadIdentityX509Revocation({
      workloadIdentityX509Revocation,
    }),
  update: (client, workloadIdentityX509Revocation) =>
    client.workloadIdentityRevocations.updateWorkloadIdentityX509Revocation({
      workloadIdentityX509Revocation,
    }),
  remove: (client, name) => client.workloadIdentityRevocations.deleteWorkloadIdentityX509Revocation({ name }),
  table: (revocations) => ({
    headers: ["Serial", "Revoked At", "Expires At", "Reason"],
    rows: revocations.map(({ metadata, spec }) => [
      metadata?.name ?? "",
      showInstant(spec?.revokedAt, ""),
      showInstant(metadata?.expires),
      spec?.reason ?? "",
    ]),
    shrink: "Reason",
  }),
});

/** All of them, page by page. */
export const listRevocations = async (client: Client): Promise<WorkloadIdentityX509Revocation[]> =>
  Array.fromAsync(client.workloadIdentities.listRevocations());
