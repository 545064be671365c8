/**
 * One entry of the audit log, as JSON with the field names of the wire contract (flat: `event`, `code`, `time`,
 * `uid`, `ei`, `cluster_name`, then the fields of the event).
 */
export interface AuditEntry {
  readonly event: string;
  readonly code: string;
  readonly [field: string]: unknown;
}
