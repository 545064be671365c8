import { clone } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  type TrustedClusterV2,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Call } from "../rpc/index.ts";
import {
  acceptTrustedCluster,
  namedRoles,
  readTrustedCluster,
  type TrustedCluster,
} from "./accept-trusted-cluster.ts";
import { authoritiesIn, type ClusterAuthority, moveTo, placeFor } from "./cluster-authorities.ts";
import { decideChange } from "./decide-change.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { establishTrust } from "./establish-trust.ts";
import { trustedClusterCreated } from "./events.ts";
import { remoteClusterKey } from "./store.ts";

/** `name: "follows"` is what clients of before v17 expect: the resource is then named as the cluster is. */
export interface SaveOptions {
  readonly name: "must match" | "follows";
}

/** Establishes trust to a cluster that is not trusted yet: its authorities and the resource in one commit. */
export async function createTrustedCluster(
  deps: TrustRoomDeps,
  sent: TrustedClusterV2 | undefined,
  call: Call,
  { name }: SaveOptions = { name: "must match" },
): Promise<TrustedClusterV2> {
  const { message, cluster } = acceptTrustedCluster(sent, deps.clusterName);
  await refuseUnknownRoles(deps, cluster);
  if (cluster.name !== "" && (await deps.trustedClusters.get(cluster.name)) !== undefined) {
    throw new AppError("ALREADY_EXISTS", `trusted cluster "${cluster.name}" exists already`);
  }
  const { authorities, clusterName } = await establishTrust(deps, cluster);
  if (message.Metadata !== undefined && (name === "follows" || cluster.name === "")) {
    message.Metadata.Name = clusterName;
  } else if (cluster.name !== clusterName) {
    throw new AppError(
      "BAD_PARAMETER",
      `trusted cluster: metadata.name is ${JSON.stringify(cluster.name)}, and the cluster is called "${clusterName}"`,
    );
  }
  if ((await deps.remoteClusters.get(clusterName)) !== undefined) {
    throw new AppError(
      "BAD_PARAMETER",
      `trusted cluster: "${clusterName}" trusts this cluster already, so it cannot be trusted as well; ` +
        `remove that first: tctl rm remote_cluster/${clusterName}`,
    );
  }
  return deps.trustedClusters.create(
    message,
    ...moveTo(placeFor(cluster.enabled), mapped(authorities, message)),
    // A cluster that trusts this one cannot be trusted by it as well: whose users are whose would be a circle.
    { op: "check", key: remoteClusterKey(clusterName), condition: { is: "absent" } },
    deps.auditChange(trustedClusterCreated(clusterName, call)),
  );
}

/** Changes the map of a trusted cluster, or turns the trust on or off. */
export async function updateTrustedCluster(
  deps: TrustRoomDeps,
  sent: TrustedClusterV2 | undefined,
  call: Call,
): Promise<TrustedClusterV2> {
  const { message, cluster } = acceptTrustedCluster(sent, deps.clusterName);
  await refuseUnknownRoles(deps, cluster);
  const stored = await deps.trustedClusters.read(cluster.name);
  const before = readTrustedCluster(stored);
  refuseChange(before, cluster);
  if (message.Metadata !== undefined) message.Metadata.Revision ||= stored.Metadata?.Revision ?? "";
  const authorities = await authoritiesIn(deps.backend, placeFor(before.enabled), cluster.name);
  return deps.trustedClusters.update(
    message,
    ...moveTo(placeFor(cluster.enabled), mapped(authorities, message)),
    deps.auditChange(trustedClusterCreated(cluster.name, call)),
  );
}

/** Throws what writing it would throw, before any other cluster is asked; answers whether it is there already. */
export async function checkTrustedCluster(
  deps: Pick<TrustRoomDeps, "clusterName" | "trustedClusters">,
  sent: TrustedClusterV2,
  replace: boolean,
): Promise<boolean> {
  const { cluster } = acceptTrustedCluster(sent, deps.clusterName);
  const stored = cluster.name === "" ? undefined : await deps.trustedClusters.get(cluster.name);
  if (stored !== undefined && replace) refuseChange(readTrustedCluster(stored), cluster);
  return stored !== undefined;
}

function refuseChange(before: TrustedCluster, cluster: TrustedCluster): void {
  const verdict = decideChange(before, cluster);
  if (verdict.allow) return;
  throw new AppError("BAD_PARAMETER", `trusted cluster: spec.${verdict.because}`, {
    details: { field: `spec.${verdict.field}` },
  });
}

/** Whatever was there before. */
export async function upsertTrustedCluster(
  deps: TrustRoomDeps,
  sent: TrustedClusterV2 | undefined,
  call: Call,
  options?: SaveOptions,
): Promise<TrustedClusterV2> {
  const name = sent?.Metadata?.Name ?? "";
  const stored = name === "" ? undefined : await deps.trustedClusters.get(name);
  if (sent === undefined || stored === undefined) return createTrustedCluster(deps, sent, call, options);
  // An upsert ignores the revision that it is sent.
  return updateTrustedCluster(deps, withRevision(sent, stored.Metadata?.Revision ?? ""), call);
}

function withRevision(sent: TrustedClusterV2, Revision: string): TrustedClusterV2 {
  return { ...sent, Metadata: sent.Metadata && { ...sent.Metadata, Revision } };
}

async function refuseUnknownRoles(deps: TrustRoomDeps, cluster: TrustedCluster): Promise<void> {
  const [missing] = (await deps.rolesOf(namedRoles(cluster))).missing;
  if (missing === undefined) return;
  throw new AppError(
    "NOT_FOUND",
    `role ${JSON.stringify(missing)} of the role map is not there; create it first`,
  );
}

/** Only users are mapped. What the other cluster says on roles of ours is never taken over. */
function mapped(
  authorities: readonly ClusterAuthority[],
  { Spec: spec }: TrustedClusterV2,
): readonly ClusterAuthority[] {
  return authorities.map(({ authority, found }) => {
    const copy: CertAuthorityV2 = clone(CertAuthorityV2Schema, authority);
    if (copy.Spec !== undefined) {
      const isUser = copy.Spec.Type === "user";
      copy.Spec.Roles = isUser ? (spec?.Roles ?? []) : [];
      copy.Spec.RoleMap = isUser ? (spec?.RoleMap ?? []) : [];
    }
    return { authority: copy, found };
  });
}
