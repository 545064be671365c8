import { AppError, formatResource, parseResource } from "@sallyport/api";
import { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { PresenceService } from "@sallyport/api/gen/teleport/presence/v1/service_pb";
import type { JsonRoute } from "../rpc/index.ts";
import { readFields } from "./read-fields.ts";
import type { ServedRpcs } from "./served-rpcs.ts";

/** Other clusters: those that trust this one, and those that it trusts. */
export function trustRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  return [...remoteClusterRoutes(rpcs), ...trustedClusterRoutes(rpcs)];
}

function remoteClusterRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  const { listRemoteClusters, getRemoteCluster, deleteRemoteCluster } = PresenceService.method;
  return [
    {
      method: "GET",
      pattern: "/v2/remoteclusters",
      access: rpcs.access(listRemoteClusters),
      handle: async (_, call) => {
        const { remoteClusters } = await rpcs.call(listRemoteClusters, {}, call);
        return remoteClusters.map((cluster) => formatResource("remote_cluster", cluster));
      },
    },
    {
      method: "GET",
      pattern: "/v2/remoteclusters/:name",
      access: rpcs.access(getRemoteCluster),
      handle: async ({ params: { name = "" } }, call) =>
        formatResource("remote_cluster", await rpcs.call(getRemoteCluster, { name }, call)),
    },
    {
      method: "DELETE",
      pattern: "/v2/remoteclusters/:name",
      access: rpcs.access(deleteRemoteCluster),
      handle: async ({ params: { name = "" } }, call) => {
        await rpcs.call(deleteRemoteCluster, { name }, call);
      },
    },
  ];
}

function trustedClusterRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  const rpc = AuthService.method;
  return [
    {
      method: "GET",
      pattern: "/v2/trustedclusters",
      access: rpcs.access(rpc.getTrustedClusters),
      handle: async (_, call) => {
        const { TrustedClusters } = await rpcs.call(rpc.getTrustedClusters, {}, call);
        return TrustedClusters.map((cluster) => formatResource("trusted_cluster", cluster));
      },
    },
    {
      method: "GET",
      pattern: "/v2/trustedclusters/:name",
      access: rpcs.access(rpc.getTrustedCluster),
      handle: async ({ params: { name: Name = "" } }, call) =>
        formatResource("trusted_cluster", await rpcs.call(rpc.getTrustedCluster, { Name }, call)),
    },
    {
      method: "POST",
      pattern: "/v2/trustedclusters",
      access: rpcs.access(rpc.upsertTrustedCluster),
      handle: async ({ body }, call) => {
        const { kind, message } = parseResource(readFields(await body()).object("trusted_cluster"));
        if (kind !== "trusted_cluster") {
          throw new AppError("BAD_PARAMETER", `the body holds a ${kind}, not a trusted cluster`);
        }
        return formatResource("trusted_cluster", await rpcs.call(rpc.upsertTrustedCluster, message, call));
      },
    },
    {
      method: "DELETE",
      pattern: "/v2/trustedclusters/:name",
      access: rpcs.access(rpc.deleteTrustedCluster),
      handle: async ({ params: { name: Name = "" } }, call) => {
        await rpcs.call(rpc.deleteTrustedCluster, { Name }, call);
      },
    },
  ];
}
