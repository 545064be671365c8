import { AppError } from "@sallyport/api";
import { forgetRemoteLocks } from "../locks/index.ts";
import type { Call } from "../rpc/index.ts";
import { forgetAuthorities } from "./cluster-authorities.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { remoteClusterDeleted, trustedClusterDeleted } from "./events.ts";

/** Ends the trust: the resource, every authority of the cluster and its locks go in one commit. */
export async function deleteTrustedCluster(deps: TrustRoomDeps, name: string, call: Call): Promise<void> {
  refuseOwn(deps, name);
  await deps.trustedClusters.delete(
    name,
    ...forgetAuthorities(name),
    ...(await forgetRemoteLocks(deps.backend, name)),
    deps.auditChange(trustedClusterDeleted(name, call)),
  );
  await forgetLateLocks(deps, name);
}

/** Forgets a cluster that trusted this one, with every authority of it and its locks, in one commit. */
export async function deleteRemoteCluster(deps: TrustRoomDeps, name: string, call: Call): Promise<void> {
  refuseOwn(deps, name);
  await deps.remoteClusters.delete(
    name,
    ...forgetAuthorities(name),
    ...(await forgetRemoteLocks(deps.backend, name)),
    deps.auditChange(remoteClusterDeleted(name, call)),
  );
  await forgetLateLocks(deps, name);
}

/** It may have sent more while its locks were looked for; from now on it cannot. */
async function forgetLateLocks({ backend }: TrustRoomDeps, name: string): Promise<void> {
  const late = await forgetRemoteLocks(backend, name);
  if (late.length > 0) await backend.commit(late);
}

function refuseOwn({ clusterName }: TrustRoomDeps, name: string): void {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the cluster is missing");
  if (name === clusterName) {
    throw new AppError("BAD_PARAMETER", `"${name}" is this cluster, which cannot be removed`);
  }
}
