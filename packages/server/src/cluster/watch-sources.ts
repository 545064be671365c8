import { key, prefix } from "../storage/index.ts";
import { resourceSource, type WatchSource } from "../watch/index.ts";
import type { ClusterConfigs } from "./cluster.ts";
import type { ClusterConfig, ConfigResource } from "./cluster-config.ts";

/** The singleton configurations as kinds that can be watched. */
export function clusterWatchSources(cluster: ClusterConfigs): readonly WatchSource[] {
  return [
    sourceOf(cluster.networking, 20),
    sourceOf(cluster.recording, 21),
    sourceOf(cluster.authPreference, 22),
  ];
}

function sourceOf<M extends ConfigResource>(config: ClusterConfig<M>, eventField: number): WatchSource {
  const { kind, name } = config.kind;
  const current = key("cluster_configuration", kind, "current");
  return resourceSource<M>({
    kind,
    version: "v2",
    prefix: prefix("cluster_configuration", kind),
    eventField,
    parse: config.store.parse,
    subject: () => undefined,
    nameOf: (path) => (path === current ? { name, subKind: "", version: "v2" } : undefined),
  });
}
