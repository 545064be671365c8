import type { DescMessage, Message } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { CheckResourceRequest } from "@sallyport/api/gen/sallyport/access/v1/access_explain_service_pb";
import { LockV2Schema, RoleV6Schema, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuthRooms } from "./auth-rooms.ts";
import { acceptForeign } from "./authority/index.ts";
import { checkAlert, openAlertStore } from "./cluster/index.ts";
import { acceptToken } from "./joining/index.ts";
import { acceptLock } from "./locks/index.ts";
import { ruleSubject } from "./resources/index.ts";
import { acceptRole } from "./roles/index.ts";
import type { Call, RuleSubject, Verb } from "./rpc/index.ts";
import { checkTrustedCluster } from "./trust/index.ts";
import { acceptUser } from "./users/index.ts";
import { acceptIdentity, acceptRevocation, createRevocationStore } from "./workload-identity/index.ts";

type Sent = CheckResourceRequest["resource"];
type Case = NonNullable<Sent["case"]>;
type MessageOf<C extends Case> = Extract<Sent, { case: C }>["value"];

interface Check<M> {
  readonly kind: string;
  /** Where nothing but an upsert writes the kind, making a new one needs what that needs. */
  readonly onlyUpsert?: boolean;
  /** Writing it asks the rules about the resource itself, so that a `where` may look at it. */
  readonly isRuled?: boolean;
  /** Throws what writing it would throw. */
  find(message: M, replace: boolean, call: Call): Promise<Found>;
}

interface Found {
  /** One of that name. */
  readonly isThere: boolean;
  /** What the rules are asked about: what is sent, and what is there. */
  readonly ruled?: { readonly sent: RuleSubject; readonly stored: RuleSubject | undefined };
}

type Checks = { readonly [C in Case]: Check<MessageOf<C>> };

/** Whether a resource of any kind could be written, as its own room decides; nothing is. */
export function resourceChecker(rooms: AuthRooms) {
  const checks = checksOf(rooms);
  return async (resource: Sent, replace: boolean, call: Call): Promise<void> => {
    if (resource.case === undefined) throw new AppError("BAD_PARAMETER", "the request has no resource");
    const { kind, onlyUpsert = false, isRuled = false, find } = checks[resource.case] as Check<Sent["value"]>;
    const isUpsert = replace || onlyUpsert;
    const verbs = isUpsert ? (["create", "update"] as const) : (["create"] as const);
    if (isRuled) demandEver(call, verbs, kind);
    else demandWrite(call, verbs, kind);
    const { isThere, ruled } = await find(resource.value, replace, call);
    if (ruled !== undefined) demandWrite(call, verbs, kind, ruled.sent);
    if (isUpsert && ruled?.stored !== undefined) demandWrite(call, verbs, kind, ruled.stored);
    if (isThere && !replace) throw new AppError("ALREADY_EXISTS", `${kind} exists already`);
  };
}

/**
 * Whoever may do it learns no more by asking than by doing it: who creates, that a name is taken; only who changes as
 * well, whether what is there agrees with what they send.
 */
function demandEver({ caller }: Call, verbs: readonly Verb[], kind: string): void {
  if (!caller.permissions.mayEver(kind, verbs)) throw denied(kind, `no rule to ${verbs.join(" and ")} it`);
}

function demandWrite({ caller }: Call, verbs: readonly Verb[], kind: string, subject?: RuleSubject): void {
  const verdict = caller.permissions.check(kind, verbs, subject);
  if (!verdict.allow) throw denied(kind, verdict.because);
}

const denied = (kind: string, because: string) =>
  new AppError("ACCESS_DENIED", `access denied to check a ${kind}`, { cause: because });

function checksOf(rooms: AuthRooms): Checks {
  return { ...accountChecks(rooms), ...clusterChecks(rooms), ...trustChecks(rooms) };
}

type GetByName<M> = (name: string) => Promise<M | undefined>;

const storedOf = async <M>(name: string | undefined, get: GetByName<M>): Promise<M | undefined> =>
  name === undefined || name === "" ? undefined : get(name);

const isStored = async (name: string | undefined, get: GetByName<unknown>): Promise<Found> => ({
  isThere: (await storedOf(name, get)) !== undefined,
});

/** For the kinds whose rules may have a `where` that looks at the resource. */
async function findRuled<M extends Message & { readonly Metadata?: { readonly Name: string } | undefined }>(
  desc: DescMessage,
  sent: M,
  get: GetByName<M>,
): Promise<Found> {
  const stored = await storedOf(sent.Metadata?.Name, get);
  const ruled = { sent: ruleSubject(desc, sent), stored: stored && ruleSubject(desc, stored) };
  return { isThere: stored !== undefined, ruled };
}

function accountChecks({ roles, users, joinTokens, locks, cluster }: AuthRooms) {
  return {
    role: {
      kind: "role",
      isRuled: true,
      find: (sent) => findRuled(RoleV6Schema, acceptRole(sent).message, roles.resources.get),
    },
    user: {
      kind: "user",
      isRuled: true,
      find: (sent) => findRuled(UserV2Schema, acceptUser(sent, cluster.name).message, users.resources.get),
    },
    token: {
      kind: "token",
      find: (sent, _, call) => isStored(acceptToken(sent, call.now).Metadata?.Name, joinTokens.get),
    },
    lock: {
      kind: "lock",
      onlyUpsert: true,
      isRuled: true,
      find: (sent, _, { caller, now }) =>
        findRuled(LockV2Schema, acceptLock(sent, caller.name, now), locks.get),
    },
  } satisfies Partial<Checks>;
}

function clusterChecks({ cluster, backend }: AuthRooms) {
  return {
    clusterAuthPreference: {
      kind: "cluster_auth_preference",
      onlyUpsert: true,
      find: async (sent) => ({ isThere: await cluster.authPreference.check(sent) }),
    },
    clusterNetworkingConfig: {
      kind: "cluster_networking_config",
      onlyUpsert: true,
      find: async (sent) => ({ isThere: await cluster.networking.check(sent) }),
    },
    sessionRecordingConfig: {
      kind: "session_recording_config",
      onlyUpsert: true,
      find: async (sent) => ({ isThere: await cluster.recording.check(sent) }),
    },
    clusterAlert: {
      kind: "cluster_alert",
      onlyUpsert: true,
      find: async (sent) => {
        checkAlert(sent);
        const name = sent.Header?.Metadata?.Name;
        for await (const { alert } of openAlertStore(backend).alerts()) {
          if (alert.Header?.Metadata?.Name === name) return { isThere: true };
        }
        return { isThere: false };
      },
    },
  } satisfies Partial<Checks>;
}

function trustChecks({ trust, authorities, cluster, workloadIdentities, backend }: AuthRooms) {
  return {
    certAuthority: {
      kind: "cert_authority",
      onlyUpsert: true,
      find: async (sent) => {
        const { type, cluster: name } = acceptForeign(sent, cluster.name);
        return { isThere: (await authorities.get(type, name)) !== undefined };
      },
    },
    trustedCluster: {
      kind: "trusted_cluster",
      find: async (sent, replace) => ({ isThere: await checkTrustedCluster(trust, sent, replace) }),
    },
    workloadIdentity: {
      kind: "workload_identity",
      find: (sent) => isStored(acceptIdentity(sent).metadata?.name, workloadIdentities.get),
    },
    workloadIdentityX509Revocation: {
      kind: "workload_identity_x509_revocation",
      find: (sent, _, { now }) =>
        isStored(acceptRevocation(sent, now).metadata?.name, createRevocationStore(backend).get),
    },
  } satisfies Partial<Checks>;
}
