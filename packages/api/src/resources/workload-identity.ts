import { WorkloadIdentitySchema } from "#gen/teleport/workloadidentity/v1/resource_pb.js";
import { newerHeader } from "./newer-header.ts";
import { defineKind } from "./resource-kind.ts";

/** A SPIFFE ID, and which workloads are issued credentials for it. */
export const workloadIdentityKind = defineKind({
  kind: "workload_identity",
  plural: "workload identities",
  aliases: ["workload_identities"],
  versions: ["v1"],
  defaultVersion: "v1",
  schema: WorkloadIdentitySchema,
  header: newerHeader,
  check: ({ spec }) =>
    (spec?.spiffe?.id ?? "") === ""
      ? { path: ["spec", "spiffe", "id"], problem: "say which path the SPIFFE ID has, such as /my/service" }
      : undefined,
});
