import type { Reason } from "@sallyport/api";
import { isSystemRole, type SystemRole } from "../../rpc/caller.ts";

/** Roles of services that run on hosts of the cluster. */
export const serviceRoles: ReadonlySet<string> = new Set<SystemRole>([
  "Auth",
  "Node",
  "Proxy",
  "Kube",
  "App",
  "Db",
  "WindowsDesktop",
  "Discovery",
  "Okta",
  "MDM",
]);

interface HostRoleWish {
  readonly role: string;
  /** What an `Instance` certificate is to hold. */
  readonly systemRoles: readonly string[];
}

type HostRoleVerdict =
  | { readonly allow: true; readonly role: SystemRole; readonly systemRoles: readonly SystemRole[] }
  | { readonly allow: false; readonly reason: Reason; readonly because: string };

const refuse = (because: string, reason: Reason = "ACCESS_DENIED"): HostRoleVerdict => ({
  allow: false,
  reason,
  because,
});

/**
 * A service gets certificates for what it is: one of the roles it holds, or `Instance` with roles that each are held
 * or were asserted with a certificate of that role (threat 4).
 */
export function decideHostRole(
  { role, systemRoles }: HostRoleWish,
  held: ReadonlySet<string>,
  asserted: ReadonlySet<string>,
): HostRoleVerdict {
  if (!isSystemRole(role)) return refuse(`${JSON.stringify(role)} is not a system role`, "BAD_PARAMETER");
  if (role !== "Instance") {
    if (!held.has(role)) return refuse(`a certificate for ${role} is for who holds that role`);
    if (systemRoles.length > 0) return refuse("only an Instance certificate holds further system roles");
    return { allow: true, role, systemRoles: [] };
  }
  const wanted = [...new Set(systemRoles)];
  if (wanted.length === 0) return refuse("an Instance certificate names its system roles", "BAD_PARAMETER");
  const odd = wanted.find((one) => !serviceRoles.has(one) || !(held.has(one) || asserted.has(one)));
  if (odd !== undefined) return refuse(`the role ${JSON.stringify(odd)} is neither held nor asserted`);
  return { allow: true, role, systemRoles: wanted.filter(isSystemRole) };
}
