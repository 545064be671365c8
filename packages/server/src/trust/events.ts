import type { AuditEntry } from "../audit/index.ts";
import { auditTime, type Call, callerFields } from "../rpc/index.ts";

const entry =
  (event: string, code: string) =>
  (name: string, call: Call): AuditEntry => ({
    event,
    code,
    name,
    expires: auditTime(undefined),
    updated_by: call.caller.name,
    ...callerFields(call),
  });

/** Trust was established or changed. */
export const trustedClusterCreated = entry("trusted_cluster.create", "T7000I");
export const trustedClusterDeleted = entry("trusted_cluster.delete", "T7001I");
