import { AppError } from "@sallyport/api";
import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { acceptForeign, withoutKeys } from "../authority/index.ts";
import type { TrustedCluster } from "./accept-trusted-cluster.ts";
import { authoritiesIn, type ClusterAuthority, trustSameKeys } from "./cluster-authorities.ts";
import type { TrustRoomDeps } from "./deps.ts";

export interface EstablishedTrust {
  /** What the other cluster is called by its own authorities. */
  readonly clusterName: string;
  readonly authorities: readonly ClusterAuthority[];
}

/**
 * The authorities of a cluster that is about to be trusted. With an address they are asked for there, with the token
 * that it made; without one they are those that an administrator has brought over by hand.
 */
export async function establishTrust(
  deps: TrustRoomDeps,
  cluster: TrustedCluster,
): Promise<EstablishedTrust> {
  const known = cluster.name === "" ? [] : await authoritiesIn(deps.backend, "authorities", cluster.name);
  if (cluster.address === "") return adopt(cluster.name, known);
  const own = await deps.authorities.ensure("host");
  const answered = await deps.exchange(
    cluster.address,
    { token: cluster.token, authorities: [withoutKeys(own)] },
    hostCasOf(known),
  );
  return accept(deps, answered);
}

function adopt(name: string, known: readonly ClusterAuthority[]): EstablishedTrust {
  if (known.some(({ authority }) => authority.Spec?.Type === "user")) {
    return { clusterName: name, authorities: known };
  }
  throw new AppError(
    "BAD_PARAMETER",
    `trusted cluster: no user authority of cluster ${JSON.stringify(name)} is here; say spec.web_proxy_addr and ` +
      "spec.token, or bring it over first: tctl get cert_authority/user/CLUSTER there, tctl create here",
  );
}

/** An answer is believed on its own cluster only, and never over keys that are known already and are others. */
async function accept(deps: TrustRoomDeps, answered: readonly CertAuthorityV2[]): Promise<EstablishedTrust> {
  const accepted = answered.map((authority) => acceptForeign(authority, deps.clusterName));
  const clusterName = accepted[0]?.cluster;
  if (clusterName === undefined) {
    throw new AppError("UNAVAILABLE", "the other cluster answered without any certificate authority");
  }
  const seen = new Set(accepted.map(({ type }) => type));
  if (accepted.some(({ cluster }) => cluster !== clusterName) || seen.size !== accepted.length) {
    throw new AppError(
      "BAD_PARAMETER",
      "the other cluster answered with authorities that are not all its own",
    );
  }
  const known = await authoritiesIn(deps.backend, "authorities", clusterName);
  const authorities = accepted.map(({ type, authority }) => {
    const before = known.find((one) => one.authority.Spec?.Type === type);
    if (before !== undefined && !trustSameKeys(before.authority, authority)) {
      throw new AppError(
        "ALREADY_EXISTS",
        `another ${type} authority of cluster "${clusterName}" is here already; if it is outdated, remove it: ` +
          `tctl rm cert_authority/${type}/${clusterName}`,
      );
    }
    return { authority, found: before?.found };
  });
  return { clusterName, authorities };
}

function hostCasOf(known: readonly ClusterAuthority[]): readonly string[] {
  const host = known.find(({ authority }) => authority.Spec?.Type === "host")?.authority.Spec;
  return [host?.ActiveKeys, host?.AdditionalTrustedKeys].flatMap((set) =>
    (set?.TLS ?? []).map(({ Cert }) => Buffer.from(Cert).toString("utf8")),
  );
}
