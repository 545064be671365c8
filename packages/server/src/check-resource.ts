import type { DescMessage } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { CheckResourceRequest } from "@sallyport/api/gen/sallyport/access/v1/access_explain_service_pb";
import {
  AuthPreferenceV2Schema,
  CertAuthorityV2Schema,
  ClusterAlertSchema,
  ClusterNetworkingConfigV2Schema,
  LockV2Schema,
  ProvisionTokenV2Schema,
  RoleV6Schema,
  SessionRecordingConfigV2Schema,
  TrustedClusterV2Schema,
  UserV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { WorkloadIdentitySchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import { WorkloadIdentityX509RevocationSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import type { AuthRooms } from "./auth-rooms.ts";
import { acceptForeign } from "./authority/index.ts";
import { checkAlert, openAlertStore } from "./cluster/index.ts";
import { acceptToken } from "./joining/index.ts";
import { acceptLock } from "./locks/index.ts";
import { ruleSubject } from "./resources/index.ts";
import { acceptRole } from "./roles/index.ts";
import type { Call } from "./rpc/index.ts";
import { checkTrustedCluster } from "./trust/index.ts";
import { acceptUser } from "./users/index.ts";
import { acceptIdentity, acceptRevocation, createRevocationStore } from "./workload-identity/index.ts";

type Sent = CheckResourceRequest["resource"];
type Case = NonNullable<Sent["case"]>;
type MessageOf<C extends Case> = Extract<Sent, { case: C }>["value"];

interface Check<M> {
  readonly kind: string;
  readonly desc: DescMessage;
  /** Throws what writing it would throw; answers whether one of that name is there. */
  isThere(message: M, replace: boolean, call: Call): Promise<boolean>;
}

type Checks = { readonly [C in Case]: Check<MessageOf<C>> };

/** Whether a resource of any kind could be written, as its own room decides; nothing is. */
export function resourceChecker(rooms: AuthRooms) {
  const checks = checksOf(rooms);
  return async (resource: Sent, replace: boolean, call: Call): Promise<void> => {
    if (resource.case === undefined) throw new AppError("BAD_PARAMETER", "the request has no resource");
    const { kind, desc, isThere } = checks[resource.case] as Check<Sent["value"]>;
    demandWrite(call, replace ? "update" : "create", kind, desc, resource.value);
    if ((await isThere(resource.value, replace, call)) && !replace) {
      throw new AppError("ALREADY_EXISTS", `${kind} exists already`);
    }
  };
}

/**
 * Whoever may do it learns no more by asking than by doing it: who creates, that a name is taken; only who changes,
 * whether what is there agrees with what they send.
 */
function demandWrite(
  { caller }: Call,
  verb: "create" | "update",
  kind: string,
  desc: DescMessage,
  message: Sent["value"],
): void {
  const verdict = caller.permissions.check(kind, [verb], message && ruleSubject(desc, message));
  if (verdict.allow) return;
  throw new AppError("ACCESS_DENIED", `access denied to check a ${kind}`, { cause: verdict.because });
}

function checksOf(rooms: AuthRooms): Checks {
  return { ...accountChecks(rooms), ...clusterChecks(rooms), ...trustChecks(rooms) };
}

const isStored = async (name: string | undefined, get: (name: string) => Promise<unknown>) =>
  name !== undefined && name !== "" && (await get(name)) !== undefined;

function accountChecks({ roles, users, joinTokens, locks, cluster }: AuthRooms) {
  return {
    role: {
      kind: "role",
      desc: RoleV6Schema,
      isThere: (sent) => isStored(acceptRole(sent).role.name, roles.resources.get),
    },
    user: {
      kind: "user",
      desc: UserV2Schema,
      isThere: (sent) => isStored(acceptUser(sent, cluster.name).user.name, users.resources.get),
    },
    token: {
      kind: "token",
      desc: ProvisionTokenV2Schema,
      isThere: (sent, _, call) => isStored(acceptToken(sent, call.now).Metadata?.Name, joinTokens.get),
    },
    lock: {
      kind: "lock",
      desc: LockV2Schema,
      isThere: (sent, _, { caller, now }) =>
        isStored(acceptLock(sent, caller.name, now).Metadata?.Name, locks.get),
    },
  } satisfies Partial<Checks>;
}

function clusterChecks({ cluster, backend }: AuthRooms) {
  return {
    clusterAuthPreference: {
      kind: "cluster_auth_preference",
      desc: AuthPreferenceV2Schema,
      isThere: (sent) => cluster.authPreference.check(sent),
    },
    clusterNetworkingConfig: {
      kind: "cluster_networking_config",
      desc: ClusterNetworkingConfigV2Schema,
      isThere: (sent) => cluster.networking.check(sent),
    },
    sessionRecordingConfig: {
      kind: "session_recording_config",
      desc: SessionRecordingConfigV2Schema,
      isThere: (sent) => cluster.recording.check(sent),
    },
    clusterAlert: {
      kind: "cluster_alert",
      desc: ClusterAlertSchema,
      isThere: async (sent) => {
        checkAlert(sent);
        const name = sent.Header?.Metadata?.Name;
        for await (const { alert } of openAlertStore(backend).alerts()) {
          if (alert.Header?.Metadata?.Name === name) return true;
        }
        return false;
      },
    },
  } satisfies Partial<Checks>;
}

function trustChecks({ trust, authorities, cluster, workloadIdentities, backend }: AuthRooms) {
  return {
    certAuthority: {
      kind: "cert_authority",
      desc: CertAuthorityV2Schema,
      isThere: async (sent) => {
        const { type, cluster: name } = acceptForeign(sent, cluster.name);
        return (await authorities.get(type, name)) !== undefined;
      },
    },
    trustedCluster: {
      kind: "trusted_cluster",
      desc: TrustedClusterV2Schema,
      isThere: (sent, replace) => checkTrustedCluster(trust, sent, replace),
    },
    workloadIdentity: {
      kind: "workload_identity",
      desc: WorkloadIdentitySchema,
      isThere: (sent) => isStored(acceptIdentity(sent).metadata?.name, workloadIdentities.get),
    },
    workloadIdentityX509Revocation: {
      kind: "workload_identity_x509_revocation",
      desc: WorkloadIdentityX509RevocationSchema,
      isThere: (sent, _, { now }) =>
        isStored(acceptRevocation(sent, now).metadata?.name, createRevocationStore(backend).get),
    },
  } satisfies Partial<Checks>;
}
