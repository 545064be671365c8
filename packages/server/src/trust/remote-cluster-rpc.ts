import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  type RemoteClusterV3,
  RemoteClusterV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { PresenceService } from "@sallyport/api/gen/teleport/presence/v1/service_pb";
import { ruleSubject } from "../resources/index.ts";
import type { Caller, RpcPart, RpcTable } from "../rpc/index.ts";
import { resourceSource, type WatchSource } from "../watch/index.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { deleteRemoteCluster } from "./forget-cluster.ts";
import { remoteClustersPrefix } from "./store.ts";
import { updateRemoteCluster } from "./update-remote-cluster.ts";

const KIND = "remote_cluster";
const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 200;
/** Field `RemoteCluster` of proto.Event. */
const EVENT_FIELD = 16;

/** Clusters that trust this one. One sees those that the cluster labels of one's roles let one see. */
export function remoteClusterRpcs(deps: TrustRoomDeps): RpcTable<typeof PresenceService> {
  return {
    getRemoteCluster: {
      access: { kind: KIND, verbs: ["read"] },
      handle: async ({ name }, { caller }) => {
        const found = await deps.remoteClusters.get(name);
        if (found !== undefined && mayReach(caller, found)) return found;
        throw new AppError("NOT_FOUND", `remote cluster ${JSON.stringify(name)} is not there`);
      },
    },
    listRemoteClusters: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async ({ pageSize, pageToken }, { caller }) => {
        if (pageSize < 0) throw new AppError("BAD_PARAMETER", "the size of a page is not below 0");
        const limit = Math.min(pageSize === 0 ? DEFAULT_PAGE : pageSize, MAX_PAGE);
        const page = await deps.remoteClusters.list({ limit, startKey: pageToken });
        const remoteClusters = page.resources.filter((one) => mayReach(caller, one));
        return { remoteClusters, nextPageToken: page.nextKey };
      },
    },
    updateRemoteCluster: {
      access: { kind: KIND, verbs: ["update"] },
      audit: ["remote_cluster.update"],
      handle: ({ remoteCluster, updateMask }, call) =>
        updateRemoteCluster(deps, remoteCluster, updateMask?.paths ?? [], call),
    },
    deleteRemoteCluster: {
      access: { kind: KIND, verbs: ["delete"] },
      audit: ["remote_cluster.delete"],
      handle: async ({ name }, call) => {
        await deleteRemoteCluster(deps, name, call);
        return create(EmptySchema);
      },
    },
  };
}

/** As clients of before v16 change a remote cluster. */
export function olderRemoteClusterRpcs(
  deps: TrustRoomDeps,
): RpcPart<typeof AuthService, "updateRemoteCluster"> {
  return {
    updateRemoteCluster: {
      access: { kind: KIND, verbs: ["update"] },
      audit: ["remote_cluster.update"],
      handle: async (request, call) => {
        await updateRemoteCluster(deps, request, [], call);
        return create(EmptySchema);
      },
    },
  };
}

export function remoteClusterWatchSource({
  remoteClusters,
}: Pick<TrustRoomDeps, "remoteClusters">): WatchSource<RemoteClusterV3> {
  const source = resourceSource<RemoteClusterV3>({
    kind: KIND,
    version: "v3",
    prefix: remoteClustersPrefix,
    eventField: EVENT_FIELD,
    parse: remoteClusters.parse,
    subject: (cluster) => ruleSubject(RemoteClusterV3Schema, cluster),
  });
  return {
    ...source,
    mayRead: (caller, one, wish) => source.mayRead(caller, one, wish) && mayReach(caller, one),
  };
}

const mayReach = ({ permissions }: Caller, { Metadata: metadata }: RemoteClusterV3): boolean =>
  permissions.mayReachCluster?.({ ...metadata?.Labels }).allow === true;
