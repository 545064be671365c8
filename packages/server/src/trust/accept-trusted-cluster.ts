import { clone, create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  MetadataSchema,
  type TrustedClusterV2,
  TrustedClusterV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { checkRoleMap, type RoleMapping, rolesNamedIn } from "../roles/index.ts";

/** A trusted cluster as the use cases need it. */
export interface TrustedCluster {
  readonly name: string;
  readonly enabled: boolean;
  readonly token: string;
  /** `host:port`; "" where the authorities of the cluster are here already. */
  readonly address: string;
  readonly tunnelAddress: string;
  readonly roles: readonly string[];
  readonly roleMap: readonly RoleMapping[];
}

/** A copy of what was sent, complete and checked; throws BAD_PARAMETER. */
export function acceptTrustedCluster(
  sent: TrustedClusterV2 | undefined,
  clusterName: string,
): { readonly message: TrustedClusterV2; readonly cluster: TrustedCluster } {
  if (sent?.Spec === undefined) throw bad("it has no spec");
  const message = clone(TrustedClusterV2Schema, sent);
  message.Kind = "trusted_cluster";
  message.Version = "v2";
  message.Metadata ??= create(MetadataSchema);
  message.Metadata.Namespace = "default";
  if (message.Spec !== undefined) message.Spec.ReverseTunnelAddress ||= message.Spec.ProxyAddress;
  const cluster = readTrustedCluster(message);
  check(cluster, clusterName);
  return { message, cluster };
}

export function readTrustedCluster({ Metadata: metadata, Spec: spec }: TrustedClusterV2): TrustedCluster {
  return {
    name: metadata?.Name ?? "",
    enabled: spec?.Enabled ?? false,
    token: spec?.Token ?? "",
    address: spec?.ProxyAddress ?? "",
    tunnelAddress: spec?.ReverseTunnelAddress ?? "",
    roles: spec?.Roles ?? [],
    roleMap: (spec?.RoleMap ?? []).map(({ Remote, Local }) => ({ remote: Remote, local: Local })),
  };
}

/** What the users of the cluster are mapped by: the map, or for all of them the roles. */
const mappingOf = ({ roles, roleMap }: TrustedCluster): readonly RoleMapping[] =>
  roles.length > 0 ? [{ remote: "*", local: roles }] : roleMap;

/** Roles that have to exist when the map is written. */
export const namedRoles = (cluster: TrustedCluster): readonly string[] => rolesNamedIn(mappingOf(cluster));

function check(cluster: TrustedCluster, clusterName: string): void {
  const { name, roles, roleMap, address, tunnelAddress, token } = cluster;
  if (name === clusterName)
    throw bad("metadata.name is the name of this cluster, which trusts itself anyway");
  if (roles.length > 0 && roleMap.length > 0) throw bad("give spec.role_map or spec.roles, not both");
  if (roles.length === 0 && roleMap.length === 0) {
    throw bad("spec.role_map is missing; without it nobody of the other cluster can come");
  }
  checkRoleMap(mappingOf(cluster));
  for (const [field, value] of [
    ["web_proxy_addr", address],
    ["tunnel_addr", tunnelAddress],
  ] as const) {
    if (value !== "" && !isAddress(value))
      throw bad(`spec.${field} is host:port, not ${JSON.stringify(value)}`);
  }
  if (address !== "" && token === "") {
    throw bad(
      "spec.token is missing; the other cluster makes one with: tctl tokens add --type=trusted_cluster",
    );
  }
}

/** A host and a port, and nothing that a URL would take for more. */
function isAddress(text: string): boolean {
  const [, port] = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

const bad = (why: string) => new AppError("BAD_PARAMETER", `trusted cluster: ${why}`);
