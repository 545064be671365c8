import type { TrustedCluster } from "./accept-trusted-cluster.ts";

export type ChangeVerdict =
  | { readonly allow: true }
  | { readonly allow: false; readonly field: string; readonly because: string };

/**
 * What may be changed of a cluster that is trusted already: the map, and whether the trust is on. The rest says with
 * whom the trust was established, so it would be another trust.
 */
export function decideChange(stored: TrustedCluster, wanted: TrustedCluster): ChangeVerdict {
  const fixed = [
    ["token", stored.token === wanted.token],
    ["web_proxy_addr", stored.address === wanted.address],
    ["tunnel_addr", stored.tunnelAddress === wanted.tunnelAddress],
    ["roles", stored.roles.join("\n") === wanted.roles.join("\n")],
  ] as const;
  const changed = fixed.find(([, same]) => !same);
  if (changed === undefined) return { allow: true };
  const [field] = changed;
  return {
    allow: false,
    field,
    because: `${field} cannot be changed; delete the trusted cluster and create it anew`,
  };
}
