import type { AuditEntry } from "../../audit/index.ts";
import type { SvidDeps } from "../../authority/index.ts";
import type { Role } from "../../roles/index.ts";
import type { Change } from "../../storage/index.ts";
import type { IdentityStore } from "../identities/store.ts";

/** What issuing credentials of workloads needs. */
export interface IssuingDeps extends SvidDeps {
  readonly identities: IdentityStore;
  /** The trust domain. */
  readonly clusterName: string;
  /** The `iss` of tokens. */
  readonly issuer: string;
  rolesOf(
    names: readonly string[],
  ): Promise<{ readonly roles: readonly Role[]; readonly missing: readonly string[] }>;
  /** Labels of the stored user. */
  labelsOf(user: string): Promise<Readonly<Record<string, string>>>;
  auditChange(entry: AuditEntry): Change;
}
