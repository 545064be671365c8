import type { Role, RoleConditions } from "./role.ts";

/** The lists of a role that certificates carry. */
const principalLists = [
  "logins",
  "kubernetesUsers",
  "kubernetesGroups",
  "databaseNames",
  "databaseUsers",
  "awsRoleArns",
  "azureIdentities",
  "gcpServiceAccounts",
] as const satisfies readonly (keyof RoleConditions)[];
export type PrincipalList = (typeof principalLists)[number];

export type PrincipalsVerdict =
  | { readonly allow: true; readonly values: readonly string[] }
  /** Some role has values, but none for as long as this. */
  | { readonly allow: false; readonly because: string };

/**
 * What a certificate of this lifetime may carry: a role gives its values only for as long as its own
 * `max_session_ttl`, and what any role denies is left out. `anyLifetime` is for the local administrator.
 */
export function decidePrincipals(
  roles: readonly Role[],
  list: PrincipalList,
  ttlMs: number,
  anyLifetime = false,
): PrincipalsVerdict {
  const holders = roles.filter((role) => role.allow[list].length > 0);
  if (holders.length === 0) return { allow: true, values: [] };
  const lasting = holders.filter((role) => anyLifetime || role.options.maxSessionTtlMs >= ttlMs);
  if (lasting.length === 0) {
    const names = holders.map((role) => role.name).join(", ");
    return { allow: false, because: `the roles ${names} allow ${list} for a shorter time only` };
  }
  const denied = new Set(roles.flatMap((role) => role.deny[list]));
  const values = new Set(lasting.flatMap((role) => role.allow[list]));
  return {
    allow: true,
    values: denied.has("*") ? [] : [...values].filter((value) => !denied.has(value)).sort(),
  };
}
