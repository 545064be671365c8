import type { DescMethod } from "@bufbuild/protobuf";
import { formatResource } from "@sallyport/api";
import { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { ProvisionTokenV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { type JsonRoute, readTime } from "../rpc/index.ts";
import { readFields } from "./read-fields.ts";
import type { ServedRpcs } from "./served-rpcs.ts";

const rpc = AuthService.method;
const GO_ZERO_TIME = "0001-01-01T00:00:00Z";

/** The cluster itself, and its tokens. */
export function clusterRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  return [...settingRoutes(rpcs), ...tokenRoutes(rpcs), ...emptyRoutes(rpcs)];
}

function settingRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  return [
    {
      method: "GET",
      pattern: "/v2/domain",
      access: rpcs.access(rpc.getDomainName),
      handle: async (_, call) => (await rpcs.call(rpc.getDomainName, {}, call)).DomainName,
    },
    {
      method: "GET",
      pattern: "/v2/cacert",
      access: rpcs.access(rpc.getClusterCACert),
      handle: async (_, call) => {
        const { TLSCA } = await rpcs.call(rpc.getClusterCACert, {}, call);
        return { tls_ca: Buffer.from(TLSCA).toString("base64") };
      },
    },
    {
      method: "GET",
      pattern: "/v2/authentication/preference",
      access: rpcs.access(rpc.getAuthPreference),
      handle: async (_, call) =>
        formatResource("cluster_auth_preference", await rpcs.call(rpc.getAuthPreference, {}, call)),
    },
  ];
}

function tokenRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  return [
    {
      method: "GET",
      pattern: "/v2/tokens",
      access: rpcs.access(rpc.getTokens),
      handle: async (_, call) => {
        const { ProvisionTokens } = await rpcs.call(rpc.getTokens, {}, call);
        return ProvisionTokens.map(listed);
      },
    },
    {
      method: "GET",
      pattern: "/v2/tokens/:name",
      access: rpcs.access(rpc.getToken),
      handle: async ({ params }, call) =>
        formatResource("token", await rpcs.call(rpc.getToken, { Name: params.name ?? "" }, call)),
    },
    {
      method: "POST",
      pattern: "/v2/tokens",
      access: rpcs.access(rpc.generateToken),
      handle: async ({ body }, call) => {
        const fields = readFields(await body());
        const wish = { Token: fields.text("token"), Roles: fields.texts("roles"), TTL: fields.nanos("ttl") };
        return (await rpcs.call(rpc.generateToken, wish, call)).Token;
      },
    },
    {
      method: "DELETE",
      pattern: "/v2/tokens/:name",
      access: rpcs.access(rpc.deleteToken),
      handle: async ({ params }, call) => {
        await rpcs.call(rpc.deleteToken, { Name: params.name ?? "" }, call);
      },
    },
  ];
}

/** The list of tokens keeps the form that they had in version 1. */
function listed(token: ProvisionTokenV2) {
  const { Metadata, Spec } = token;
  const expiresAt = readTime(Metadata?.Expires);
  return {
    token: Metadata?.Name ?? "",
    roles: Spec?.Roles ?? [],
    expires: expiresAt === undefined ? GO_ZERO_TIME : new Date(expiresAt).toISOString(),
  };
}

/** Lists of what the cluster has none of. */
function emptyRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  const none = (pattern: string, access: JsonRoute["access"]) =>
    ({ method: "GET", pattern, access, handle: () => [] }) as const;
  const like = (method: DescMethod & { methodKind: "unary" }) => rpcs.access(method);
  return [
    none("/v2/namespaces/:namespace/nodes", { kind: "node", verbs: ["list"] }),
    none("/v2/reversetunnels", { kind: "reverse_tunnel", verbs: ["list", "read"] }),
    none("/v2/tunnelconnections", { kind: "tunnel_connection", verbs: ["list"] }),
    none("/v2/saml/connectors", like(rpc.getSAMLConnectors)),
    none("/v2/oidc/connectors", like(rpc.getOIDCConnectors)),
    none("/v2/github/connectors", like(rpc.getGithubConnectors)),
  ];
}
