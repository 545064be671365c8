import type { AuthRooms } from "./auth-rooms.ts";
import { API_VERSION, type JsonRoute } from "./rpc/index.ts";
import { handshakeRoutes } from "./trust/index.ts";

/** The JSON routes that current clients still call over HTTP/1.1. */
export function authRoutes(
  { cluster, trust }: AuthRooms,
  self: { readonly hostId: string; readonly address: () => string },
): readonly JsonRoute[] {
  const server = () => ({
    kind: "auth_server",
    version: "v2",
    metadata: { name: self.hostId, namespace: "default" },
    spec: { addr: self.address(), hostname: self.hostId, version: API_VERSION },
  });
  return [
    {
      method: "GET",
      pattern: "/v2/authservers",
      access: { kind: "auth_server", verbs: ["list", "read"] },
      handle: () => [server()],
    },
    {
      method: "GET",
      pattern: "/v2/proxies",
      access: { kind: "proxy", verbs: ["list", "read"] },
      handle: () => [],
    },
    {
      method: "GET",
      pattern: "/v2/configuration/name",
      access: { kind: "cluster_name", verbs: ["read"] },
      handle: () => ({
        kind: "cluster_name",
        version: "v2",
        metadata: { name: "cluster-name", namespace: "default" },
        spec: { cluster_name: cluster.name, cluster_id: cluster.id },
      }),
    },
    ...handshakeRoutes(trust),
  ];
}
