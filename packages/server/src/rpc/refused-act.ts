import type { AuditEntry } from "../audit/index.ts";

/**
 * The `cause` of a refusal for which the audit log has an event of its own. Whoever refuses says only what is special
 * about it; who was refused, from where and with which words is added where every refusal is written down, so there
 * is one entry for it, and it counts against the same limit.
 */
export class RefusedAct {
  /** Which role or rule decided, for those who may know. */
  readonly because: string;
  readonly entry: AuditEntry;

  constructor(because: string, entry: AuditEntry) {
    this.because = because;
    this.entry = entry;
  }
}
