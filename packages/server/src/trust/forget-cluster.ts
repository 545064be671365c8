import { AppError } from "@sallyport/api";
import type { Call } from "../rpc/index.ts";
import { forgetAuthorities } from "./cluster-authorities.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { remoteClusterDeleted, trustedClusterDeleted } from "./events.ts";

/** Ends the trust: the resource and every authority of the cluster go in one commit. */
export async function deleteTrustedCluster(deps: TrustRoomDeps, name: string, call: Call): Promise<void> {
  refuseOwn(deps, name);
  await deps.trustedClusters.delete(
    name,
    ...forgetAuthorities(name),
    deps.auditChange(trustedClusterDeleted(name, call)),
  );
}

/** Forgets a cluster that trusted this one, with every authority of it, in one commit. */
export async function deleteRemoteCluster(deps: TrustRoomDeps, name: string, call: Call): Promise<void> {
  refuseOwn(deps, name);
  await deps.remoteClusters.delete(
    name,
    ...forgetAuthorities(name),
    deps.auditChange(remoteClusterDeleted(name, call)),
  );
}

function refuseOwn({ clusterName }: TrustRoomDeps, name: string): void {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the cluster is missing");
  if (name === clusterName) {
    throw new AppError("BAD_PARAMETER", `"${name}" is this cluster, which cannot be removed`);
  }
}
