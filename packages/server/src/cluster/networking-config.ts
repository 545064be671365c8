import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type ClusterNetworkingConfigV2,
  ClusterNetworkingConfigV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { ConfigKind } from "./cluster-config.ts";

const MINUTE_NS = 60_000_000_000n;

/** Keep-alives, idle time-outs and routing. Durations of the wire are nanoseconds. */
export const networkingConfig: ConfigKind<ClusterNetworkingConfigV2> = {
  desc: ClusterNetworkingConfigV2Schema,
  kind: "cluster_networking_config",
  name: "cluster-networking-config",
  event: "cluster_networking_config.update",
  code: "TCNET002I",
  defaults: () =>
    create(ClusterNetworkingConfigV2Schema, {
      Kind: "cluster_networking_config",
      Version: "v2",
      Metadata: { Name: "cluster-networking-config", Namespace: "default" },
      Spec: {
        KeepAliveInterval: 5n * MINUTE_NS,
        KeepAliveCountMax: 3n,
        TunnelStrategy: { Strategy: { case: "AgentMesh", value: {} } },
      },
    }),
  complete: (config: ClusterNetworkingConfigV2) => {
    const spec = config.Spec;
    if (spec === undefined) throw new AppError("BAD_PARAMETER", "cluster_networking_config needs a spec");
    for (const [field, value] of Object.entries(spec)) {
      if (typeof value === "bigint" && value < 0n) {
        throw new AppError("BAD_PARAMETER", `cluster_networking_config: ${field} cannot be negative`);
      }
    }
    if (spec.KeepAliveInterval === 0n) spec.KeepAliveInterval = 5n * MINUTE_NS;
    if (spec.KeepAliveCountMax === 0n) spec.KeepAliveCountMax = 3n;
    spec.TunnelStrategy ??= defaultTunnelStrategy();
  },
};

function defaultTunnelStrategy() {
  const strategy = networkingConfig.defaults().Spec?.TunnelStrategy;
  if (strategy === undefined) throw new AppError("INTERNAL");
  return strategy;
}
