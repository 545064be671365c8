import { AppError } from "@sallyport/api";
import { decideResourceAccess } from "../roles/index.ts";
import type { CertSubject, UserCertsWish } from "./user-certs.ts";

/** Where certificates can lead. */
export interface RouteDeps {
  readonly clusterName: string;
  /** Labels of a cluster that is connected; undefined where there is none of that name. Left out, none is. */
  labelsOfCluster?(name: string): Promise<Readonly<Record<string, string>> | undefined>;
}

type Asked = Pick<UserCertsWish, "routeToCluster" | "app" | "kubernetesCluster">;

/**
 * Where a certificate cannot lead: to a cluster that is not there, or that no role of its holder reaches, which answers
 * the same. This cluster has no Kubernetes clusters yet.
 */
export async function refuseUnknownRoute(
  { routeToCluster, kubernetesCluster, app }: Asked,
  { roles, traits }: Pick<CertSubject, "roles" | "traits">,
  { clusterName, labelsOfCluster }: RouteDeps,
): Promise<void> {
  for (const name of new Set([routeToCluster, app?.clusterName ?? ""])) {
    if (name === "" || name === clusterName) continue;
    const labels = await labelsOfCluster?.(name);
    if (labels !== undefined && decideResourceAccess(roles, traits, { kind: "cluster", labels }).allow)
      continue;
    throw new AppError("NOT_FOUND", `cluster ${JSON.stringify(name)} is not there`);
  }
  // What is behind another cluster is for that one to know.
  const isHere = routeToCluster === "" || routeToCluster === clusterName;
  if (kubernetesCluster !== "" && isHere) {
    const name = JSON.stringify(kubernetesCluster);
    throw new AppError("BAD_PARAMETER", `Kubernetes cluster ${name} is not registered`);
  }
}
