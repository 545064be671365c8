import { toJson } from "@bufbuild/protobuf";
import {
  type WorkloadIdentity,
  WorkloadIdentitySpecSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import type { AuditEntry } from "../../audit/index.ts";
import { auditTime, type Call, callerFields, readTime } from "../../rpc/index.ts";

export const identityCreated = (identity: WorkloadIdentity, call: Call): AuditEntry => ({
  event: "workload_identity.create",
  code: "WID001I",
  ...resourceFields(identity, call),
  workload_identity_data: dataOf(identity),
});

export const identityUpdated = (identity: WorkloadIdentity, call: Call): AuditEntry => ({
  event: "workload_identity.update",
  code: "WID002I",
  ...resourceFields(identity, call),
  workload_identity_data: dataOf(identity),
});

export const identityDeleted = (name: string, call: Call): AuditEntry => ({
  event: "workload_identity.delete",
  code: "WID003I",
  ...resourceFields({ metadata: { name } }, call),
});

/** What entries on a resource say of it and of who changed it. */
export function resourceFields(
  {
    metadata,
  }: { readonly metadata?: Pick<NonNullable<WorkloadIdentity["metadata"]>, "name" | "expires"> | undefined },
  call: Call,
) {
  return {
    ...callerFields(call),
    name: metadata?.name ?? "",
    expires: auditTime(readTime(metadata?.expires)),
    updated_by: call.caller.name,
  };
}

const dataOf = ({ spec }: WorkloadIdentity) =>
  spec === undefined ? {} : toJson(WorkloadIdentitySpecSchema, spec, { useProtoFieldName: true });
