import { clone } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type RemoteClusterV3,
  RemoteClusterV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { writeOverStored } from "../resources/index.ts";
import type { Call } from "../rpc/index.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { remoteClusterUpdated } from "./events.ts";

/** What a mask may name, as Go spells it, and how it is taken over. */
const fields: Readonly<Record<string, (to: RemoteClusterV3, from: RemoteClusterV3) => void>> = {
  "Metadata.Labels": (to, from) => {
    if (to.Metadata !== undefined) to.Metadata.Labels = { ...from.Metadata?.Labels };
  },
  "Metadata.Description": (to, from) => {
    if (to.Metadata !== undefined) to.Metadata.Description = from.Metadata?.Description ?? "";
  },
  "Metadata.Expires": (to, from) => {
    if (to.Metadata === undefined) return;
    delete to.Metadata.Expires;
    if (from.Metadata?.Expires !== undefined) to.Metadata.Expires = from.Metadata.Expires;
  },
  "Status.Connection": (to, from) => {
    if (to.Status !== undefined) to.Status.Connection = from.Status?.Connection ?? "";
  },
  "Status.LastHeartbeat": (to, from) => {
    if (to.Status === undefined) return;
    delete to.Status.LastHeartbeat;
    if (from.Status?.LastHeartbeat !== undefined) to.Status.LastHeartbeat = from.Status.LastHeartbeat;
  },
};

/** Changes the fields of the mask over what is stored; without a mask all of it, if the revision is still the same. */
export async function updateRemoteCluster(
  { remoteClusters, auditChange }: Pick<TrustRoomDeps, "remoteClusters" | "auditChange">,
  sent: RemoteClusterV3 | undefined,
  mask: readonly string[],
  call: Call,
): Promise<RemoteClusterV3> {
  const name = sent?.Metadata?.Name ?? "";
  if (sent === undefined || name === "") {
    throw new AppError("BAD_PARAMETER", "the name of the remote cluster is missing");
  }
  const changes = mask.map(fieldOf);
  const entry = auditChange(remoteClusterUpdated(name, call));
  if (mask.length === 0) return remoteClusters.update(complete(sent), entry);
  const next = clone(RemoteClusterV3Schema, sent);
  return writeOverStored(remoteClusters, next, async () => {
    const stored = await remoteClusters.read(name);
    const copy = clone(RemoteClusterV3Schema, stored);
    for (const change of changes) change(copy, sent);
    Object.assign(next, complete(copy));
    return { stored, commit: [entry] };
  });
}

function fieldOf(path: string) {
  const change = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (change !== undefined) return change;
  throw new AppError(
    "BAD_PARAMETER",
    `${JSON.stringify(path)} of a remote cluster cannot be changed; possible: ${Object.keys(fields).join(", ")}`,
  );
}

function complete(sent: RemoteClusterV3): RemoteClusterV3 {
  const copy = clone(RemoteClusterV3Schema, sent);
  copy.Kind = "remote_cluster";
  copy.Version = "v3";
  return copy;
}
