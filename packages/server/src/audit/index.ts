// The audit log: entries committed together with the acts they record, and their search.
export { type AuditLog, type AuditLogDeps, openAuditLog, type RecordedEntry } from "./audit-log.ts";
export type { AuditEntry } from "./entry.ts";
export { type AuditRpcDeps, auditLogRpcs, eventRpcs } from "./rpc.ts";
export { type AuditPage, type AuditSearch, searchLog } from "./search-log.ts";
