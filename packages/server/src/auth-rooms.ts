import { AppError } from "@sallyport/api";
import {
  type AccessRequestDeps,
  checkRequestInUse,
  formatResourceId,
  startExpiry,
} from "./access-requests/index.ts";
import { type AuditLog, openAuditLog } from "./audit/index.ts";
import {
  type AuthorityStore,
  createCustody,
  createGenerations,
  type ForeignAuthorities,
  followSchedules,
  type IssueDeps,
  type Keyring,
  listAuthorities,
  openAuthorityStore,
  openForeignAuthorities,
  openKeyring,
  settleKeyEncryption,
  tellOldSuites,
} from "./authority/index.ts";
import { type CallerEpoch, openCallerEpoch } from "./callers/index.ts";
import {
  createRevocationPointers,
  type Inventory,
  openInventory,
  openRevocationLists,
  openRevocationView,
  type RevocationLists,
  type RevocationView,
} from "./certificates/index.ts";
import {
  applyConfigFile,
  type ClusterConfigs,
  createClusterConfigs,
  requiresSessionMfa,
  settleClusterIdentity,
  suiteOf,
} from "./cluster/index.ts";
import type { Config } from "./config/index.ts";
import { createTokenStore, type TokenStore } from "./joining/index.ts";
import type { Clock } from "./kernel/clock.ts";
import { newUuid } from "./kernel/ids.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Logger } from "./kernel/logger.ts";
import { createLockStore, type LockView, openLockView } from "./locks/index.ts";
import { createRoleStore, type RoleStore, settlePresets } from "./roles/index.ts";
import { readNanos } from "./rpc/index.ts";
import { openSigner } from "./signer/index.ts";
import type { Backend } from "./storage/index.ts";
import {
  createRemoteClusterStore,
  createTrustedClusterStore,
  exchangeOverHttps,
  type TrustRoomDeps,
} from "./trust/index.ts";
import { createUserStore, createUserTokens, type UserStore, type UserTokens } from "./users/index.ts";
import {
  createIdentityStore,
  type IdentityStore,
  openX509RevocationFeed,
  type X509RevocationFeed,
} from "./workload-identity/index.ts";

/** What every part of the auth service is made of. */
export interface AuthBase {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Config;
  readonly lifecycle: Lifecycle;
}

/** The rooms of the auth service, opened in reading order: each needs only those before it. */
export interface AuthRooms extends AuthBase {
  readonly cluster: ClusterConfigs;
  readonly audit: AuditLog;
  readonly authorities: AuthorityStore;
  readonly keyring: Keyring;
  readonly foreign: ForeignAuthorities;
  readonly roles: RoleStore;
  readonly users: UserStore;
  readonly userTokens: UserTokens;
  readonly joinTokens: TokenStore;
  readonly locks: ReturnType<typeof createLockStore>;
  readonly lockView: LockView;
  readonly epoch: CallerEpoch;
  readonly revocations: RevocationView;
  readonly inventory: Inventory;
  readonly revocationLists: RevocationLists;
  readonly accessRequests: AccessRequestDeps;
  readonly issuing: IssueDeps;
  readonly trust: TrustRoomDeps;
  readonly workloadIdentities: IdentityStore;
  readonly x509RevocationFeed: X509RevocationFeed;
}

export async function openRooms(base: AuthBase): Promise<AuthRooms> {
  const { backend, clock, config, lifecycle } = base;
  const identity = await settleIdentity(base);
  const clusterName = identity.name;
  const audit = openAuditLog({ backend, clock, clusterName });
  const cluster = createClusterConfigs({ backend, audit }, identity);
  await applyConfigFile(cluster, config.auth);

  const { authorities, keyring, foreign } = await openAuthorities(base, cluster);
  const roles = createRoleStore(backend);
  await settlePresets(roles);
  const users = createUserStore(backend);
  const lockView = await lifecycle.start("locks", () => openLockView(backend, clock), close);
  const revocations = await lifecycle.start("revocations", () => openRevocationView(backend, clock), close);
  const epoch = await lifecycle.start("callers", () => openCallerEpoch(backend), close);
  const lists = await openLists(base, revocations, { keyring, authorities, clusterName });
  const rooms = {
    ...base,
    cluster,
    audit,
    authorities,
    keyring,
    foreign,
    roles,
    users,
    userTokens: createUserTokens(backend),
    joinTokens: createTokenStore(backend),
    locks: createLockStore(backend),
    lockView,
    epoch,
    revocations,
    inventory: inventoryOf(base, revocations),
    accessRequests: {
      ...{ backend, clock, clusterName, users, roles },
      auditChange: audit.change,
      historyMs: config.accessRequestHistoryMs,
      remoteClusters: foreign.clusters,
    },
    workloadIdentities: createIdentityStore(backend),
    ...lists,
  };
  return { ...rooms, issuing: issuingOf(rooms), trust: trustOf(rooms) };
}

async function openLists(
  { backend, clock, lifecycle }: AuthBase,
  revocations: RevocationView,
  own: Parameters<typeof listAuthorities>[0],
) {
  const authorities = listAuthorities(own);
  const x509RevocationFeed = await lifecycle.start(
    "revocations of workload identities",
    () => openX509RevocationFeed(backend, authorities),
    close,
  );
  const { clusterName } = own;
  const further = x509RevocationFeed;
  const revocationLists = openRevocationLists({ revocations, authorities, clock, clusterName, further });
  return { x509RevocationFeed, revocationLists };
}

async function openAuthorities(
  { backend, clock, config, lifecycle, logger }: AuthBase,
  cluster: ClusterConfigs,
) {
  const place = config.caKeySigner ?? config.auth.caKeyToken;
  const token = place && (await lifecycle.start("signer", () => openSigner({ place, clock, logger }), close));
  const authorities = openAuthorityStore({
    custody: createCustody(token),
    sealing: await settleKeyEncryption({ backend, logger, wish: config.caKeyEncryption }),
    backend,
    clock,
    clusterName: cluster.name,
    suite: async () => suiteOf(await cluster.authPreference.get()),
    keysAreInToken: token !== undefined,
  });
  const keyring = await lifecycle.start(
    "certificate authorities",
    () => openKeyring(backend, authorities, cluster.name),
    close,
  );
  const foreign = await lifecycle.start(
    "certificate authorities of other clusters",
    () => openForeignAuthorities(backend, authorities, cluster.name),
    close,
  );
  return { authorities, keyring, foreign };
}

const close = (part: { close(): Promise<void> | void }) => part.close();

function inventoryOf({ backend, config }: AuthBase, revocations: RevocationView): Inventory {
  const pointers = createRevocationPointers(config.revocationPublicUrl);
  return openInventory({ backend, revocations, rememberMs: config.certificateHistoryMs, pointers });
}

async function settleIdentity({ backend, config, logger }: AuthBase) {
  const identity = await settleClusterIdentity(backend, config.auth.clusterName);
  if (identity.renamed && config.auth.clusterNameIsSet) {
    throw new AppError(
      "BAD_PARAMETER",
      `this data directory holds cluster "${identity.name}"; the configuration names it "${config.auth.clusterName}". ` +
        "A cluster cannot be renamed: put the old name back, or use another data directory.",
    );
  }
  if (identity.renamed) logger.info("the cluster keeps its name", { clusterName: identity.name });
  return identity;
}

/** What is due is found by its index key, so a round without any costs one look. */
const EXPIRE_EVERY_MS = 1000;

/** What happens by itself, for as long as the service runs: requests end, and rotations follow their schedules. */
export async function startBackgroundWork(rooms: AuthRooms): Promise<void> {
  const { accessRequests, lifecycle, logger, cluster, audit } = rooms;
  const onError = (error: unknown) => logger.error("access requests could not be expired", { error });
  await lifecycle.start(
    "access request expiry",
    () => startExpiry(accessRequests, { everyMs: EXPIRE_EVERY_MS, onError }),
    (stop) => stop(),
  );
  const onRotationError = (error: unknown) =>
    logger.error("an authority could not be rotated as scheduled", { error });
  await lifecycle.start(
    "rotation schedules",
    () =>
      followSchedules({
        ...rooms,
        clusterName: cluster.name,
        auditChange: audit.change,
        onError: onRotationError,
      }),
    (following) => following.stop(),
  );
  await lifecycle.start("suites", () => tellOldSuites({ ...rooms, clusterName: cluster.name }), close);
}

/** Who is locked out, in words; undefined where nobody is. */
export function lockOn(lockView: LockView): IssueDeps["lockOn"] {
  return (subjects, now, mode) => lockView.lockOn(subjects, now, mode);
}

/** What the cluster wants while the locks in force are not known. */
export function lockingModeOf({ authPreference }: ClusterConfigs): IssueDeps["lockingMode"] {
  return async () => ((await authPreference.get()).Spec?.LockingMode === "strict" ? "strict" : "best_effort");
}

function issuingOf(rooms: Omit<AuthRooms, "issuing" | "trust">): IssueDeps {
  const { keyring, foreign, cluster, users, roles, lockView, audit, inventory, accessRequests, backend } =
    rooms;
  const remoteClusters = createRemoteClusterStore(backend);
  return {
    keyring,
    clusterName: cluster.name,
    labelsOfCluster: async (name) => {
      const found = foreign.knows(name) ? await remoteClusters.get(name) : undefined;
      return found && { ...found.Metadata?.Labels };
    },
    userOf: async (name) => {
      const user = await users.get(name);
      return user && { ...user, isSso: user.origin.kind === "sso" };
    },
    rolesOf: roles.getAll,
    grantsOf: (ids, user, now) =>
      Promise.all(
        ids.map(async (id) => {
          const lent = await checkRequestInUse(accessRequests, id, user.name, now);
          return { ...lent, id, resourceIds: lent.resourceIds.map(formatResourceId) };
        }),
      ),
    lockOn: lockOn(lockView),
    lockingMode: lockingModeOf(cluster),
    defaultTtlMs: async () => readNanos((await cluster.authPreference.get()).Spec?.DefaultSessionTTL ?? 0n),
    requiresSessionMfa: async () => requiresSessionMfa(await cluster.authPreference.get()),
    auditChange: audit.change,
    inventory,
    generations: createGenerations({ backend, auditChange: audit.change }),
    nonce: newUuid,
  };
}

function trustOf({
  backend,
  cluster,
  authorities,
  roles,
  joinTokens,
  audit,
}: Omit<AuthRooms, "issuing" | "trust">) {
  return {
    backend,
    clusterName: cluster.name,
    authorities,
    trustedClusters: createTrustedClusterStore(backend),
    remoteClusters: createRemoteClusterStore(backend),
    rolesOf: roles.getAll,
    tokenOf: async (name: string) => {
      const token = await joinTokens.get(name);
      return (
        token && {
          roles: token.Spec?.Roles ?? [],
          labels: { ...token.Metadata?.Labels },
          joinMethod: token.Spec?.JoinMethod ?? "",
        }
      );
    },
    auditChange: audit.change,
    exchange: exchangeOverHttps,
  };
}
