import type { Caller } from "../../rpc/index.ts";

/** The system roles of a service; an `Instance` certificate holds those that it lists as well. */
export function heldRoles({ kind, roles, identity }: Caller): ReadonlySet<string> {
  if (kind !== "system") return new Set();
  return new Set([...roles, ...(identity?.roles ?? [])]);
}

/** The id of the host that the caller is; undefined where it is none of this cluster. */
export function hostIdOf({ kind, name }: Caller, clusterName: string): string | undefined {
  const end = `.${clusterName}`;
  return kind === "system" && name.endsWith(end) ? name.slice(0, -end.length) : undefined;
}
