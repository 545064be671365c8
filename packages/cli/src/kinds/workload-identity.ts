import type { WorkloadIdentity } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { kindActions } from "./kind-actions.ts";

export const workloadIdentityActions = kindActions<"workload_identity">({
  kind: "workload_identity",
  list: (client) => listWorkloadIdentities(client),
  get: (client, name) => client.workloadIdentities.get(name),
  create: (client, identity) => client.workloadIdentities.create(identity),
  upsert: (client, identity) => client.workloadIdentities.upsert(identity),
  update: (client, identity) => client.workloadIdentities.update(identity),
  remove: (client, name) => client.workloadIdentities.delete(name),
  table: (identities) => ({
    headers: ["Name", "SPIFFE ID"],
    rows: identities.map(({ metadata, spec }) => [metadata?.name ?? "", spec?.spiffe?.id ?? ""]),
    shrink: "SPIFFE ID",
  }),
});

/** All of them, page by page. */
export const listWorkloadIdentities = async (client: Client): Promise<WorkloadIdentity[]> =>
  Array.fromAsync(client.workloadIdentities.list());
