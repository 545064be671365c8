import type { Caller } from "../../rpc/index.ts";

/** The system roles of a service; an `Instance` certificate holds those that it lists as well. */
export function heldRoles({ kind, roles, identity, origin }: Caller): ReadonlySet<string> {
  if (kind !== "system" || origin !== undefined) return new Set();
  return new Set([...roles, ...(identity?.roles ?? [])]);
}

/** The id of the host that the caller is; undefined where it is none of this cluster. */
export function hostIdOf({ kind, name, origin }: Caller, clusterName: string): string | undefined {
  const end = `.${clusterName}`;
  // A host of `x.one` is none of `one`, for all that its name ends the same.
  return kind === "system" && origin === undefined && name.endsWith(end)
    ? name.slice(0, -end.length)
    : undefined;
}
