import { AppError, type Traits } from "@sallyport/api";
import type { Peer } from "../authority/index.ts";
import { type LockingMode, type LockSubject, lockSubjectsOf } from "../locks/index.ts";
import {
  applyTraits,
  builtinRolesOf,
  combineLockingMode,
  combineOptions,
  permissionsOf,
  type Role,
  type RoleMapping,
} from "../roles/index.ts";
import {
  type Caller,
  type Connection,
  canonicalIp,
  isSystemRole,
  REMOTE_USER_TYPE,
  type ShownCertificate,
  type SystemRole,
} from "../rpc/index.ts";
import { remoteService, remoteUser } from "./remote-callers.ts";

export interface AuthenticateDeps {
  readonly clusterName: string;
  /** The stored user's roles and traits; undefined where there is no such user. */
  userOf(name: string): Promise<{ readonly roles: readonly string[]; readonly traits: Traits } | undefined>;
  rolesOf(
    names: readonly string[],
  ): Promise<{ readonly roles: readonly Role[]; readonly missing: readonly string[] }>;
  /** The text of a lock on any of the subjects that is in force; undefined where there is none. */
  lockOn(subjects: readonly LockSubject[], now: number, mode: LockingMode): string | undefined;
  /** The cluster's word on what holds while the locks in force are not known; a role may have its own. */
  lockingMode(): Promise<LockingMode>;
  /** Whether this certificate, or its key, is revoked. */
  isRevoked(certificate: ShownCertificate): boolean;
  /** True while the authority that issued the certificate is trusted. */
  trusts(peer: Peer): boolean;
  /** Which roles the users of that cluster have here; undefined where its users are not trusted. */
  roleMapOf(cluster: string): readonly RoleMapping[] | undefined;
  /** Goes up with every change of a role, user, lock or authority, and with every look once changes go unheard. */
  epoch(): number;
}

const isForeign = ({ identity }: Peer, clusterName: string) => identity.teleportCluster !== clusterName;

/** Which certificate the peer showed. A number of another cluster is none of ours, whatever it is. */
function shownBy(peer: Peer, clusterName: string): ShownCertificate {
  const { serialNumber, spki } = peer.certificate;
  const type = peer.isSystem ? "host" : "user";
  const caType = isForeign(peer, clusterName) ? `${type}/${peer.identity.teleportCluster}` : type;
  return { caType, serialNumber, spki };
}

export type Authenticate = (connection: Connection, now: number) => Promise<Caller> | Caller;

const anonymous: Caller = {
  kind: "anonymous",
  name: "",
  roles: ["Nop"],
  traits: {},
  identity: undefined,
  permissions: {
    check: () => ({ allow: false, explicit: false, because: "there is no certificate" }),
    mayEver: () => false,
  },
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
    return identify(
      deps,
      builtin,
      { peer, remoteIp: connection.remoteIp, remotePort: connection.remotePort },
      now,
    ).then((caller) => {
      known.set(connection, { caller, epoch });
      return caller;
    });
  };
}

/** A caller and the roles that the rights come from. */
interface Identified {
  readonly caller: Caller;
  readonly roles: readonly Role[];
}

type PeerConnection = Pick<Connection, "remoteIp" | "remotePort"> & { readonly peer: Peer };

async function identify(
  deps: AuthenticateDeps,
  builtin: (names: readonly string[]) => readonly Role[],
  connection: PeerConnection,
  now: number,
): Promise<Caller> {
  const { peer } = connection;
  // Whoever has a new certificate need only connect again, which clients do by themselves when it is Unavailable.
  if (!deps.trusts(peer)) {
    if (isForeign(peer, deps.clusterName) && !peer.isSystem && isWithdrawn(deps, peer)) {
      throw new AppError("ACCESS_DENIED", "the cluster of this certificate is not trusted any more");
    }
    throw new AppError("UNAVAILABLE", "the authority of this certificate was rotated away; connect again");
  }
  const shown = shownBy(peer, deps.clusterName);
  if (deps.isRevoked(shown)) throw new AppError("CERTIFICATE_REVOKED");
  const { caller, roles } = await identified(deps, builtin, peer, shown);
  refuseElsewhere(connection, roles);
  const mode = combineLockingMode(roles, await deps.lockingMode());
  const subjects = subjectsOf(peer, caller);
  const lockedBy = (at: number) => deps.lockOn(subjects, at, mode);
  const lock = lockedBy(now);
  // The reason of a lock is for administrators; the locked learn that they are refused.
  if (lock !== undefined) throw new AppError("LOCKED", undefined, { cause: lock });
  return { ...caller, lockedBy };
}

const isWithdrawn = (deps: AuthenticateDeps, { identity }: Peer) =>
  deps.roleMapOf(identity.teleportCluster) === undefined;

function identified(
  deps: AuthenticateDeps,
  builtin: (names: readonly string[]) => readonly Role[],
  peer: Peer,
  shown: ShownCertificate,
): Promise<Identified> | Identified {
  if (isForeign(peer, deps.clusterName)) {
    return peer.isSystem ? remoteService(peer, shown) : remoteUser(deps, peer, shown);
  }
  return peer.isSystem ? systemCaller(peer, shown, builtin) : userCaller(deps, peer, shown);
}

/** Whoever comes from another cluster can be locked by what they are called here, and by what they are called there. */
function subjectsOf({ identity, isSystem }: Peer, caller: Caller): readonly LockSubject[] {
  const here = lockSubjectsOf({ ...(caller.identity ?? identity), roles: caller.roles }, isSystem);
  const cluster = caller.origin?.cluster;
  if (cluster === undefined) return here;
  return [...here, ...lockSubjectsOf(identity, isSystem).map((subject) => ({ ...subject, cluster }))];
}

/** A certificate that is pinned to an address counts from there alone; a role that demands a pin is not met without. */
function refuseElsewhere({ peer, remoteIp, remotePort }: PeerConnection, roles: readonly Role[]): void {
  const { pinnedIp } = peer.identity;
  if (pinnedIp === "") {
    if (combineOptions(roles).pinSourceIp)
      throw new AppError("ACCESS_DENIED", "the certificate is not pinned to an IP");
    return;
  }
  // Port 0: the address is from a PROXY header that nobody asked for, so it proves nothing.
  if (canonicalIp(pinnedIp) !== remoteIp || remotePort === 0) {
    throw new AppError("ACCESS_DENIED", "the certificate is pinned to another IP");
  }
}

/** A service: its rights are those of its system role, or of all roles that an Instance certificate lists. */
function systemCaller(
  { identity }: Peer,
  certificate: ShownCertificate,
  builtin: (names: readonly string[]) => readonly Role[],
): Identified {
  const named = identity.roles.filter(isSystemRole);
  const held = named.includes("Instance") ? identity.systemRoles.filter(isSystemRole) : named;
  const names: SystemRole[] = held.length > 0 ? held : named;
  const roles = builtin(names);
  if (roles.length === 0)
    throw new AppError("ACCESS_DENIED", "the certificate names no system role with rights");
  const user = { name: identity.username, roles: names, traits: {} };
  const permissions = permissionsOf(roles, user);
  return { caller: { kind: "system", ...user, identity, certificate, permissions }, roles };
}

/** A user: roles and traits are those of the certificate, and both the user and each role must still exist. */
async function userCaller(
  deps: AuthenticateDeps,
  { identity }: Peer,
  certificate: ShownCertificate,
): Promise<Identified> {
  // Issued to somebody of another cluster for the services here; a user of that name would be somebody else.
  if (identity.userType === REMOTE_USER_TYPE) throw new AppError("ACCESS_DENIED");
  const stored = await deps.userOf(identity.username);
  if (stored === undefined) throw gone("user", identity.username);
  const fromCertificate = identity.roles.length > 0;
  const names = fromCertificate ? identity.roles : stored.roles;
  const traits = fromCertificate ? identity.traits : stored.traits;
  const found = await deps.rolesOf(names);
  const [missing] = found.missing;
  if (missing !== undefined) throw gone("role", missing);
  const roles = found.roles.map((role) => applyTraits(role, traits));
  const user = { name: identity.username, roles: names, traits };
  const permissions = permissionsOf(roles, user);
  return { caller: { kind: "user", ...user, identity, certificate, permissions }, roles };
}

/** Of the class that clients know for it, as no other refusal of a caller is. */
const gone = (kind: "user" | "role", name: string) =>
  new AppError("CALLER_GONE", `access denied: ${kind} ${JSON.stringify(name)} is not there`);
