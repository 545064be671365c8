import { AppError, type Traits } from "@sallyport/api";
import type { Peer } from "../authority/index.ts";
import { type LockSubject, lockSubjectsOf } from "../locks/index.ts";
import { applyTraits, builtinRolesOf, permissionsOf, type Role } from "../roles/index.ts";
import { type Caller, type Connection, isSystemRole, type SystemRole } from "../rpc/index.ts";

export interface AuthenticateDeps {
  readonly clusterName: string;
  /** The stored user's roles and traits; undefined where there is no such user. */
  userOf(name: string): Promise<{ readonly roles: readonly string[]; readonly traits: Traits } | undefined>;
  rolesOf(
    names: readonly string[],
  ): Promise<{ readonly roles: readonly Role[]; readonly missing: readonly string[] }>;
  /** The text of a lock on any of the subjects that is in force; undefined where there is none. */
  lockOn(subjects: readonly LockSubject[], now: number): string | undefined;
  /** True while the authority that issued the certificate is trusted. */
  trusts(peer: Peer): boolean;
  /** Goes up with every change of a role, user, lock or authority. */
  epoch(): number;
}

export type Authenticate = (connection: Connection, now: number) => Promise<Caller> | Caller;

const anonymous: Caller = {
  kind: "anonymous",
  name: "",
  roles: ["Nop"],
  traits: {},
  identity: undefined,
  permissions: { check: () => ({ allow: false, explicit: false, because: "there is no certificate" }) },
};

/**
 * Finds out who is calling, anew for every call: the certificate still counts, its authority is still trusted, the
 * user still exists with the roles it names, and no lock is in force. The answer is kept for the connection until
 * anything that it rests on changes; a refusal is never kept.
 */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const builtin = builtinRolesOf(deps.clusterName);
  const known = new WeakMap<Connection, { readonly caller: Caller; readonly epoch: number }>();
  return (connection, now) => {
    const peer = connection.peer as Peer | undefined;
    if (peer === undefined) return anonymous;
    if (peer.notAfterAt <= now) throw new AppError("CERTIFICATE_EXPIRED");
    const epoch = deps.epoch();
    const kept = known.get(connection);
    if (kept !== undefined && kept.epoch === epoch) return kept.caller;
    return identify(deps, builtin, peer, now).then((caller) => {
      known.set(connection, { caller, epoch });
      return caller;
    });
  };
}

async function identify(
  deps: AuthenticateDeps,
  builtin: (names: readonly string[]) => readonly Role[],
  peer: Peer,
  now: number,
): Promise<Caller> {
  if (!deps.trusts(peer)) throw new AppError("ACCESS_DENIED");
  const caller = peer.isSystem ? systemCaller(peer, builtin) : await userCaller(deps, peer);
  const lock = deps.lockOn(lockSubjectsOf(peer.identity, peer.isSystem), now);
  // The reason of a lock is for administrators; the locked learn that they are refused.
  if (lock !== undefined) throw new AppError("LOCKED", undefined, { cause: lock });
  return caller;
}

/** A service: its rights are those of its system role, or of all roles that an Instance certificate lists. */
function systemCaller({ identity }: Peer, builtin: (names: readonly string[]) => readonly Role[]): Caller {
  const named = identity.roles.filter(isSystemRole);
  const held = named.includes("Instance") ? identity.systemRoles.filter(isSystemRole) : named;
  const roles: SystemRole[] = held.length > 0 ? held : named;
  const user = { name: identity.username, roles, traits: {} };
  return {
    kind: "system",
    name: identity.username,
    roles,
    traits: {},
    identity,
    permissions: permissionsOf(builtin(roles), user),
  };
}

/** A user: roles and traits are those of the certificate, and both the user and each role must still exist. */
async function userCaller(deps: AuthenticateDeps, { identity }: Peer): Promise<Caller> {
  const stored = await deps.userOf(identity.username);
  if (stored === undefined) throw new AppError("ACCESS_DENIED");
  const fromCertificate = identity.roles.length > 0;
  const names = fromCertificate ? identity.roles : stored.roles;
  const traits = fromCertificate ? identity.traits : stored.traits;
  const { roles, missing } = await deps.rolesOf(names);
  if (missing.length > 0) throw new AppError("ACCESS_DENIED");
  const user = { name: identity.username, roles: names, traits };
  return {
    kind: "user",
    name: identity.username,
    roles: names,
    traits,
    identity,
    permissions: permissionsOf(
      roles.map((role) => applyTraits(role, traits)),
      user,
    ),
  };
}
