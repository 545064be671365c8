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

/** The wire contract has no events of clusters that trust this one, so these types and codes are ours. */
const remote =
  (event: string, code: string) =>
  (name: string, call: Call): AuditEntry => ({ event, code, name, success: true, ...callerFields(call) });

/** Another cluster has introduced itself, by a token, and its hosts are trusted from then on. */
export const remoteClusterCreated = remote("remote_cluster.create", "SRC001I");
export const remoteClusterUpdated = remote("remote_cluster.update", "SRC002I");
export const remoteClusterDeleted = remote("remote_cluster.delete", "SRC003I");

/** Trust was established or changed. */
export const trustedClusterCreated = entry("trusted_cluster.create", "T7000I");
export const trustedClusterDeleted = entry("trusted_cluster.delete", "T7001I");
