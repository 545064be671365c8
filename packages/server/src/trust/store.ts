import {
  type RemoteClusterV3,
  RemoteClusterV3Schema,
  type TrustedClusterV2,
  TrustedClusterV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { createResourceStore, type ResourceStore } from "../resources/index.ts";
import { type Backend, type Key, key, prefix } from "../storage/index.ts";

export const remoteClustersPrefix = prefix("remote_clusters");
export const remoteClusterKey = (name: string): Key => key("remote_clusters", name);
export const trustedClusterKey = (name: string): Key => key("trusted_clusters", name);

/** Clusters that this one trusts: `/trusted_clusters/<name>`. */
export function createTrustedClusterStore(backend: Backend): ResourceStore<TrustedClusterV2> {
  return createResourceStore({
    backend,
    desc: TrustedClusterV2Schema,
    noun: "trusted cluster",
    prefix: prefix("trusted_clusters"),
    keyOf: trustedClusterKey,
  });
}

/** Clusters that trust this one: `/remote_clusters/<name>`. */
export function createRemoteClusterStore(backend: Backend): ResourceStore<RemoteClusterV3> {
  return createResourceStore({
    backend,
    desc: RemoteClusterV3Schema,
    noun: "remote cluster",
    prefix: remoteClustersPrefix,
    keyOf: remoteClusterKey,
  });
}
