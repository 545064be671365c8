import { AppError, type Identity, type Traits } from "@sallyport/api";
import type { Peer } from "../authority/index.ts";
import {
  applyTraits,
  mapRemoteRoles,
  permissionsOf,
  type Role,
  type RoleMapping,
  remoteProxyRole,
} from "../roles/index.ts";
import { type Caller, remoteUserName, type ShownCertificate } from "../rpc/index.ts";

export interface RemoteCallerDeps {
  readonly clusterName: string;
  userOf(name: string): Promise<object | undefined>;
  rolesOf(
    names: readonly string[],
  ): Promise<{ readonly roles: readonly Role[]; readonly missing: readonly string[] }>;
  /** Which roles the users of that cluster have here; undefined where its users are not trusted. */
  roleMapOf(cluster: string): readonly RoleMapping[] | undefined;
}

interface Identified {
  readonly caller: Caller;
  readonly roles: readonly Role[];
}

/** What a refusal means stays with us: the other cluster learns that it was refused, as anybody does. */
const denied = (cause: string) => new AppError("ACCESS_DENIED", undefined, { cause });

/**
 * A user of another cluster, by the name that tells both apart, with the roles that the map of that cluster gives.
 * A user of this cluster who is called the same is somebody else, so neither may pass for the other (threat 35).
 */
export async function remoteUser(
  deps: RemoteCallerDeps,
  { identity }: Peer,
  certificate: ShownCertificate,
): Promise<Identified> {
  const origin = { cluster: identity.teleportCluster, username: identity.username };
  const name = remoteUserName(origin);
  const roleMap = deps.roleMapOf(origin.cluster);
  if (roleMap === undefined)
    throw denied(`users of cluster ${JSON.stringify(origin.cluster)} are not trusted`);
  const names = mapRemoteRoles(roleMap, identity.roles);
  if (names.length === 0) throw denied(`no role here is mapped to any role of ${JSON.stringify(name)}`);
  if ((await deps.userOf(name)) !== undefined) throw denied(`there is a local user ${JSON.stringify(name)}`);
  const found = await deps.rolesOf(names);
  if (found.missing.length > 0)
    throw denied(`role ${JSON.stringify(found.missing[0])} of the map is not there`);
  const traits = traitsOf(identity);
  const roles = found.roles.map((role) => applyTraits(role, traits));
  const user = { name, roles: names, traits };
  const mapped = mapIdentity(identity, { ...user, clusterName: deps.clusterName });
  const permissions = permissionsOf(roles, user);
  return { caller: { kind: "user", ...user, identity: mapped, origin, certificate, permissions }, roles };
}

/** Of what the certificate says, these lists count as they stand there, whatever the traits of the same name are. */
function traitsOf(identity: Identity): Traits {
  return {
    ...identity.traits,
    logins: identity.principals,
    kubernetes_groups: identity.kubernetesGroups,
    kubernetes_users: identity.kubernetesUsers,
    db_names: identity.databaseNames,
    db_users: identity.databaseUsers,
    aws_role_arns: identity.awsRoleArns,
  };
}

/**
 * What restricts the holder is kept. What means something in the other cluster only is left out: its access
 * requests, bots and devices are none of ours, nor can a certificate be renewed here.
 */
function mapIdentity(
  identity: Identity,
  here: { name: string; roles: readonly string[]; traits: Traits; clusterName: string },
): Identity {
  const impersonator =
    identity.impersonator === ""
      ? ""
      : remoteUserName({ username: identity.impersonator, cluster: identity.teleportCluster });
  return {
    ...identity,
    username: here.name,
    roles: here.roles,
    traits: here.traits,
    teleportCluster: here.clusterName,
    impersonator,
    systemRoles: [],
    activeRequests: [],
    renewable: false,
    generation: 0n,
    botName: "",
    botInstanceId: "",
    joinAttributes: "",
    device: undefined,
    unknownAttributes: [],
  };
}

/** A service of another cluster: only its proxy has any business here, and it is none of our proxies. */
export function remoteService({ identity }: Peer, certificate: ShownCertificate): Identified {
  const origin = { cluster: identity.teleportCluster, username: identity.username };
  if (identity.roles.length !== 1 || identity.roles[0] !== "Proxy") {
    throw denied(`a ${identity.roles.join(", ")} of cluster ${JSON.stringify(origin.cluster)} called`);
  }
  // It is known by that name in the audit log, where it must not pass for somebody of this cluster.
  if (!identity.username.endsWith(`.${origin.cluster}`)) {
    throw denied(`a Proxy of cluster ${JSON.stringify(origin.cluster)} has the name of something else`);
  }
  const roles = [remoteProxyRole(origin.cluster)];
  const user = { name: identity.username, roles: ["RemoteProxy"], traits: {} };
  const mapped: Identity = { ...identity, roles: user.roles, systemRoles: [], traits: {} };
  const permissions = permissionsOf(roles, user);
  return { caller: { kind: "system", ...user, identity: mapped, origin, certificate, permissions }, roles };
}
