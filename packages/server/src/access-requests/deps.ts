import type { Traits } from "@sallyport/api";
import type { AuditEntry } from "../audit/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Role } from "../roles/index.ts";
import type { Backend, Change } from "../storage/index.ts";
import type { ResourceAccess } from "./asking/resource-roles.ts";

/** A person as access requests see one: what is stored, not what a certificate says. */
export interface RequestUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly traits: Traits;
}

/** What the use cases need from the rest of the server. */
export interface AccessRequestDeps {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly clusterName: string;
  readonly users: { get(name: string): Promise<RequestUser | undefined> };
  readonly roles: { get(name: string): Promise<Role | undefined>; all(): AsyncIterable<Role> };
  /** The change that records an act in the audit log; it goes into the commit of the act. */
  auditChange(entry: AuditEntry): Change;
  /** Left out: no resource is known. */
  readonly resources?: ResourceAccess | undefined;
  /** Left out: this cluster trusts no other. */
  readonly remoteClusters?: (() => readonly string[]) | undefined;
  /** How long ended requests are remembered; left out, a year. */
  readonly historyMs?: number | undefined;
}

const YEAR_MS = 365 * 24 * 3_600_000;

export function rememberMs({ historyMs }: AccessRequestDeps): number {
  return historyMs ?? YEAR_MS;
}
