import { create } from "@bufbuild/protobuf";
import { AppError, isAppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  MetadataSchema,
  RemoteClusterStatusV3Schema,
  type RemoteClusterV3,
  RemoteClusterV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { acceptForeign, MAX_CLIENT_CAS, withoutKeys } from "../authority/index.ts";
import type { Call } from "../rpc/index.ts";
import { authoritiesIn, moveTo, noUsersOf, trustSameKeys } from "./cluster-authorities.ts";
import type { Introduction, TrustRoomDeps } from "./deps.ts";
import { remoteClusterCreated } from "./events.ts";
import { trustedClusterKey } from "./store.ts";

/** What a cluster that trusts this one is told. */
const told = ["host", "user", "db", "openssh"] as const;
const JOIN_AS = "Trusted_cluster";
const ORIGIN_LABEL = "teleport.dev/origin";

/**
 * Another cluster introduces itself and will trust this one. Whoever holds a token of ours for it may; of the other
 * cluster its hosts are trusted from then on, never its users.
 */
export async function registerCluster(
  deps: TrustRoomDeps,
  introduction: Introduction,
  call: Call,
): Promise<readonly CertAuthorityV2[]> {
  const token = await deps.tokenOf(introduction.token);
  // Unknown, expired, for something else: whoever guesses learns nothing from the answer.
  if (token === undefined || token.joinMethod !== "token" || !token.roles.includes(JOIN_AS)) {
    throw new AppError("ACCESS_DENIED", "the token is not one for a trusted cluster, or has expired");
  }
  const [sent, ...more] = introduction.authorities;
  if (sent === undefined || more.length > 0 || sent.Spec?.Type !== "host") {
    throw new AppError("ACCESS_DENIED", "a cluster introduces itself with its host authority, and only that");
  }
  const { cluster, authority } = acceptForeign(sent, deps.clusterName);
  if (authority.Spec !== undefined) Object.assign(authority.Spec, { Roles: [], RoleMap: [] });
  await remember(deps, cluster, authority, token.labels, call);
  return Promise.all(told.map(async (type) => withoutKeys(await deps.authorities.ensure(type))));
}

/** A cluster that is known already is answered again, as long as its keys are the same. */
async function remember(
  deps: TrustRoomDeps,
  cluster: string,
  authority: CertAuthorityV2,
  labels: Readonly<Record<string, string>>,
  call: Call,
): Promise<void> {
  if ((await deps.trustedClusters.get(cluster)) !== undefined) {
    throw new AppError(
      "ACCESS_DENIED",
      `cluster "${cluster}" is trusted by this one, so it cannot trust it as well`,
    );
  }
  const known = await authoritiesIn(deps.backend, "authorities", cluster);
  // Who has trusted hosts tells new keys of their cluster, and so would become whoever its users are here.
  if (known.some((one) => one.authority.Spec?.Type === "user")) {
    throw new AppError(
      "ACCESS_DENIED",
      `users of a cluster "${cluster}" are trusted here, so it cannot introduce itself; remove them first`,
    );
  }
  const before = known.find((one) => one.authority.Spec?.Type === "host");
  if (before !== undefined && !trustSameKeys(before.authority, authority)) {
    throw new AppError(
      "ACCESS_DENIED",
      `a cluster "${cluster}" with other keys is known already; remove it first`,
    );
  }
  if (before === undefined) await refuseTooMany(deps);
  try {
    await deps.remoteClusters.create(
      newRemoteCluster(cluster, labels),
      ...moveTo("authorities", [{ authority, found: before?.found }]),
      noUsersOf(cluster),
      { op: "check", key: trustedClusterKey(cluster), condition: { is: "absent" } },
      deps.auditChange(remoteClusterCreated(cluster, call)),
    );
  } catch (error) {
    if (before === undefined || !isAppError(error, "ALREADY_EXISTS")) throw error;
  }
}

/** One token could bring in any number, and push the known ones out of what clients are shown. */
async function refuseTooMany({ remoteClusters }: TrustRoomDeps): Promise<void> {
  const { resources } = await remoteClusters.list({ limit: MAX_CLIENT_CAS });
  if (resources.length < MAX_CLIENT_CAS) return;
  throw new AppError(
    "LIMIT_EXCEEDED",
    `${MAX_CLIENT_CAS} clusters trust this one already; remove one that is gone: tctl rm remote_cluster/NAME`,
  );
}

function newRemoteCluster(name: string, labels: Readonly<Record<string, string>>): RemoteClusterV3 {
  const { [ORIGIN_LABEL]: _, ...kept } = labels;
  return create(RemoteClusterV3Schema, {
    Kind: "remote_cluster",
    Version: "v3",
    Metadata: create(MetadataSchema, { Name: name, Labels: kept }),
    Status: create(RemoteClusterStatusV3Schema, { Connection: "offline" }),
  });
}
