import { AppError } from "@sallyport/api";
import { hasReference, mapClaims } from "../expressions/index.ts";
import { isSystemRole } from "../rpc/caller.ts";
import { IMPLICIT_ROLE_NAME } from "./implicit-role.ts";

/** Which roles of this cluster the users of another one have. */
export interface RoleMapping {
  /** A role of the other cluster: literal, glob with `*`, or `^…$`; it always means the whole name. */
  readonly remote: string;
  /** `$1` stands for what the first `*` or group of `remote` found. */
  readonly local: readonly string[];
}

const MAX_MAPPINGS = 1_000;
const MAX_NAME_LENGTH = 1_000;

/** Throws BAD_PARAMETER for what would map nothing, everything, or to what no user may be. */
export function checkRoleMap(mappings: readonly RoleMapping[]): void {
  const bad = (index: number, why: string) => {
    throw new AppError("BAD_PARAMETER", `role_map[${index}]: ${why}`);
  };
  if (mappings.length > MAX_MAPPINGS) {
    throw new AppError("BAD_PARAMETER", `role_map has more than ${MAX_MAPPINGS} entries`);
  }
  const seen = new Set<string>();
  mappings.forEach(({ remote, local }, index) => {
    if (remote === "") bad(index, "remote is empty; name a role of the other cluster");
    if (seen.has(remote)) bad(index, `remote ${JSON.stringify(remote)} is mapped twice`);
    seen.add(remote);
    if (local.length === 0) bad(index, "local is empty; name the roles of this cluster");
    for (const role of local) checkLocal(role, (why) => bad(index, why));
    // Compiles the pattern, so that a bad one is refused when it is written and not at the first call.
    mapClaims([claimOf({ remote, local })], { role: [""] });
  });
}

function checkLocal(role: string, bad: (why: string) => void): void {
  if (role === "") bad("local has an empty name");
  if (role.length > MAX_NAME_LENGTH) bad(`local has a name longer than ${MAX_NAME_LENGTH} characters`);
  if (role === "*") bad("local cannot be *; name the roles, or use $1");
  if (isSystemRole(role)) bad(`${role} is a system role, which no user can have`);
}

/**
 * The roles of this cluster that somebody with these roles of another one has; none where nothing is mapped. What a
 * pattern makes of a foreign name is a name only: it is looked up like any other, and a system role is never meant.
 */
export function mapRemoteRoles(
  mappings: readonly RoleMapping[],
  remoteRoles: readonly string[],
): readonly string[] {
  // Somebody without any role is still somebody whom `*` means.
  const foreign = remoteRoles.length === 0 ? [""] : remoteRoles;
  const mapped = mapClaims(mappings.map(claimOf), {
    role: foreign.filter((role) => role !== IMPLICIT_ROLE_NAME),
  });
  return mapped.filter((role) => !isSystemRole(role) && role.length <= MAX_NAME_LENGTH);
}

/** The roles of this cluster that the map names as they are, without `$1`. */
export function rolesNamedIn(mappings: readonly RoleMapping[]): readonly string[] {
  return [...new Set(mappings.flatMap(({ local }) => local).filter((role) => !hasReference(role)))];
}

const claimOf = ({ remote, local }: RoleMapping) => ({ claim: "role", value: remote, roles: local });
