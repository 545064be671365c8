import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { AccessExplainService } from "@sallyport/api/gen/sallyport/access/v1/access_explain_service_pb";
import { AccessRequestHistoryService } from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb";
import { CertificateInventoryService } from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb";
import { AccessListService } from "@sallyport/api/gen/teleport/accesslist/v1/accesslist_service_pb";
import { AccessMonitoringRulesService } from "@sallyport/api/gen/teleport/accessmonitoringrules/v1/access_monitoring_rules_service_pb";
import { AuditLogService } from "@sallyport/api/gen/teleport/auditlog/v1/auditlog_pb";
import { ClusterConfigService } from "@sallyport/api/gen/teleport/clusterconfig/v1/clusterconfig_service_pb";
import { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { LockV2Schema, ProvisionTokenV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { PresenceService } from "@sallyport/api/gen/teleport/presence/v1/service_pb";
import { TrustService } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { UserLoginStateService } from "@sallyport/api/gen/teleport/userloginstate/v1/userloginstate_service_pb";
import { UsersService } from "@sallyport/api/gen/teleport/users/v1/users_service_pb";
import {
  accessRequestHistoryRpcs,
  accessRequestRpcs,
  accessRequestWatchSource,
} from "./access-requests/index.ts";
import { auditLogRpcs, eventRpcs } from "./audit/index.ts";
import type { AuthRooms } from "./auth-rooms.ts";
import { workloadServices, workloadWatchSources } from "./auth-workloads.ts";
import {
  authorityWatchSource,
  certsRpcs,
  createCaKeys,
  hostsAreTrusted,
  serviceCertsRpcs,
  singleUseRpcs,
  trustRpcs,
} from "./authority/index.ts";
import { certificateInventoryRpcs, crlRpcs, revocationListRpcs } from "./certificates/index.ts";
import { resourceChecker } from "./check-resource.ts";
import {
  alertRpcs,
  clusterConfigRpcs,
  clusterWatchSources,
  olderConfigRpcs,
  openAlertStore,
  openSemaphoreStore,
  pingRpcs,
  semaphoreRpcs,
} from "./cluster/index.ts";
import { accessListRpcs, inventoryRpcs, monitoringRuleRpcs, registeredRpcs } from "./inventory/index.ts";
import { tokenRpcs, tokenWatchSource } from "./joining/index.ts";
import { lockRpcs, lockWatchSource } from "./locks/index.ts";
import { ruleSubject } from "./resources/index.ts";
import { accessExplainRpcs, roleRpcs, roleWatchSource } from "./roles/index.ts";
import { composeRpcs, type RuleSubject, type ServedService, serve } from "./rpc/index.ts";
import {
  olderRemoteClusterRpcs,
  remoteClusterRpcs,
  remoteClusterWatchSource,
  trustedClusterRpcs,
  trustServiceClusterRpcs,
} from "./trust/index.ts";
import { loginStateRpcs, olderUserRpcs, userRpcs, userTokenRpcs, userWatchSource } from "./users/index.ts";
import { type SilentKind, type WatchFeed, type WatchSource, watchRpcs } from "./watch/index.ts";

/** Every service of the auth port. What is not named here is answered Unimplemented. */
export function authServices(rooms: AuthRooms, feed: WatchFeed): readonly ServedService[] {
  const { cluster, clock, keyring, authorities, audit, backend, accessRequests, trust } = rooms;
  const auditChange = audit.change;
  const users = { users: rooms.users, tokens: rooms.userTokens, clusterName: cluster.name, auditChange };
  const roles = { roles: rooms.roles, holdersOf: holdersOf(rooms), auditChange };
  const auth = composeRpcs(AuthService, [
    pingRpcs({ cluster, hostCaPem: async () => keyring.host.tlsCertificates.join("") }),
    olderConfigRpcs(cluster),
    alertRpcs(openAlertStore(backend)),
    semaphoreRpcs(openSemaphoreStore(backend)),
    accessRequestRpcs(accessRequests),
    watchRpcs(feed),
    olderUserRpcs(users),
    userTokenRpcs({ ...users, publicAddress: cluster.name }),
    roleRpcs(roles),
    lockRpcs({ backend, locks: rooms.locks, auditChange, clusterIsKnown: hostsAreTrusted }),
    tokenRpcs({ tokens: rooms.joinTokens, auditChange }),
    certsRpcs(rooms.issuing),
    singleUseRpcs(rooms.issuing),
    crlRpcs(rooms.revocationLists),
    serviceCertsRpcs(serviceIssuing(rooms)),
    inventoryRpcs(),
    registeredRpcs(),
    trustedClusterRpcs(trust),
    olderRemoteClusterRpcs(trust),
    eventRpcs({ backend, audit }),
  ]);
  return [
    serve(AuthService, auth),
    serve(UsersService, userRpcs(users)),
    serve(UserLoginStateService, loginStateRpcs()),
    serve(ClusterConfigService, clusterConfigRpcs(cluster)),
    serve(TrustService, {
      ...trustRpcs({ ...rooms.issuing, authorities, clock }),
      ...trustServiceClusterRpcs(trust),
    }),
    serve(PresenceService, remoteClusterRpcs(trust)),
    serve(AuditLogService, auditLogRpcs({ backend, audit })),
    serve(AccessListService, accessListRpcs()),
    serve(AccessMonitoringRulesService, monitoringRuleRpcs()),
    serve(AccessRequestHistoryService, accessRequestHistoryRpcs(accessRequests)),
    serve(AccessExplainService, accessExplainRpcs(explaining(rooms))),
    serve(CertificateInventoryService, {
      ...certificateInventoryRpcs({
        backend,
        revocations: rooms.revocations,
        auditChange,
        rememberMs: rooms.config.certificateHistoryMs,
      }),
      ...revocationListRpcs(rooms.revocationLists),
    }),
    ...workloadServices(rooms),
  ];
}

const serviceIssuing = ({ issuing, backend, clock, authorities, foreign }: AuthRooms) => ({
  ...issuing,
  backend,
  clock,
  authorities,
  caKeys: createCaKeys(authorities),
  hostCasOf: (name: string) => foreign.of("host", name)?.tlsCertificates,
});

/** Who would lose something with the role: users, and the users of clusters that are mapped to it. */
function holdersOf({ users, foreign }: AuthRooms) {
  return async (role: string) => [
    ...(await users.holdersOf(role)),
    ...foreign.mappersTo(role).map((cluster) => `users of cluster ${cluster}`),
  ];
}

/** Every kind that can be watched. */
export function authWatchSources(rooms: AuthRooms): readonly WatchSource[] {
  return [
    accessRequestWatchSource,
    authorityWatchSource(rooms.authorities),
    userWatchSource(rooms.users),
    roleWatchSource(rooms.roles),
    lockWatchSource(rooms.locks),
    tokenWatchSource(rooms.joinTokens),
    remoteClusterWatchSource(rooms.trust),
    ...workloadWatchSources(rooms),
    ...clusterWatchSources(rooms.cluster),
  ];
}

const kindsToCome = [
  "access_monitoring_rule",
  "access_list",
  "cluster_name",
  "cluster_audit_config",
  "node",
  "proxy",
  "auth_server",
  "static_tokens",
  "app",
  "app_server",
  "db",
  "db_server",
  "kube_cluster",
  "kube_server",
  "windows_desktop",
  "user_group",
  "spiffe_federation",
] as const;

/** Kinds that clients watch at their start and that have no resources yet. */
export const silentKinds: readonly SilentKind[] = [
  { kind: "namespace", silent: true, forAnyone: true },
  ...kindsToCome.map((kind) => ({ kind, silent: true }) as const),
];

function explaining(rooms: AuthRooms) {
  const { roles, users, locks, joinTokens } = rooms;
  const subjects: Readonly<Record<string, (name: string) => Promise<RuleSubject | undefined>>> = {
    role: roles.subject,
    user: users.subject,
    lock: async (name) => subjectOf(LockV2Schema, await locks.get(name)),
    token: async (name) => subjectOf(ProvisionTokenV2Schema, await joinTokens.get(name)),
  };
  return {
    roles,
    userOf: users.get,
    checkResource: resourceChecker(rooms),
    subjectOf: (kind: string, name: string) => {
      const find = Object.hasOwn(subjects, kind) ? subjects[kind] : undefined;
      if (find !== undefined) return find(name);
      const known = Object.keys(subjects).join(", ");
      throw new AppError(
        "BAD_PARAMETER",
        `a rule can be explained for one named ${known}; leave the name of the ${kind} out`,
      );
    },
  };
}

const subjectOf = <D extends DescMessage>(desc: D, message: MessageShape<D> | undefined) =>
  message === undefined ? undefined : ruleSubject(desc, message);
