import type { WorkloadIdentityX509Revocation } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import type { AuditEntry } from "../../audit/index.ts";
import type { Call } from "../../rpc/index.ts";
import { resourceFields } from "../identities/events.ts";

export const revocationCreated = (revocation: WorkloadIdentityX509Revocation, call: Call): AuditEntry => ({
  event: "workload_identity_x509_revocation.create",
  code: "WID004I",
  ...resourceFields(revocation, call),
  reason: revocation.spec?.reason ?? "",
});

export const revocationUpdated = (revocation: WorkloadIdentityX509Revocation, call: Call): AuditEntry => ({
  event: "workload_identity_x509_revocation.update",
  code: "WID005I",
  ...resourceFields(revocation, call),
  reason: revocation.spec?.reason ?? "",
});

export const revocationDeleted = (name: string, call: Call): AuditEntry => ({
  event: "workload_identity_x509_revocation.delete",
  code: "WID006I",
  ...resourceFields({ metadata: { name } }, call),
});
