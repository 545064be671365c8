import { WorkloadIdentityX509RevocationSchema } from "#gen/teleport/workloadidentity/v1/revocation_resource_pb.js";
import { newerHeader } from "./newer-header.ts";
import { defineKind } from "./resource-kind.ts";

/** An X.509 SVID that is good no more. Named by its serial number, in hexadecimal. */
export const workloadIdentityX509RevocationKind = defineKind({
  kind: "workload_identity_x509_revocation",
  plural: "revocations of X.509 SVIDs",
  aliases: ["workload_identity_x509_revocations"],
  versions: ["v1"],
  defaultVersion: "v1",
  schema: WorkloadIdentityX509RevocationSchema,
  header: newerHeader,
});
