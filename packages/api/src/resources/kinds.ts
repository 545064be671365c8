import type { MessageShape } from "@bufbuild/protobuf";
import { AppError } from "../errors/index.ts";
import { nearestName } from "../text/nearest-name.ts";
import { accessRequestKind } from "./access-request.ts";
import { certAuthorityKind } from "./cert-authority.ts";
import { clusterAlertKind } from "./cluster-alert.ts";
import { clusterAuthPreferenceKind } from "./cluster-auth-preference.ts";
import { clusterNetworkingConfigKind } from "./cluster-networking-config.ts";
import { lockKind } from "./lock.ts";
import { remoteClusterKind } from "./remote-cluster.ts";
import { roleKind } from "./role.ts";
import { sessionRecordingConfigKind } from "./session-recording-config.ts";
import { tokenKind } from "./token.ts";
import { trustedClusterKind } from "./trusted-cluster.ts";
import { userKind } from "./user.ts";
import { workloadIdentityKind } from "./workload-identity.ts";
import { workloadIdentityX509RevocationKind } from "./workload-identity-x509-revocation.ts";

/** Every kind of resource that documents may hold. */
export const resourceKinds = [
  userKind,
  roleKind,
  tokenKind,
  lockKind,
  accessRequestKind,
  clusterAuthPreferenceKind,
  clusterNetworkingConfigKind,
  sessionRecordingConfigKind,
  certAuthorityKind,
  clusterAlertKind,
  trustedClusterKind,
  remoteClusterKind,
  workloadIdentityKind,
  workloadIdentityX509RevocationKind,
] as const;

/** One of {@link resourceKinds}. */
export type KnownKind = (typeof resourceKinds)[number];

/** The name of a known kind, as in documents. */
export type KindName = KnownKind["kind"];

/** The message of a kind. */
export type ResourceMessage<K extends KindName> = MessageShape<Extract<KnownKind, { kind: K }>["schema"]>;

/**
 * The kind that somebody names, by its own name or another that people use (`cap`, `requests`, …).
 *
 * @throws AppError NOT_FOUND with the nearest known name.
 */
export function findKind(name: string): KnownKind {
  const wanted = name.toLowerCase().replaceAll("-", "_");
  const found = resourceKinds.find((one) => one.kind === wanted || one.aliases.includes(wanted as never));
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    resourceKinds.flatMap((one) => [one.kind, ...one.aliases]),
  );
  const mend =
    nearest === undefined
      ? `; known: ${resourceKinds.map((one) => one.kind).join(", ")}`
      : `; did you mean ${nearest}?`;
  throw new AppError(
    "NOT_FOUND",
    `there is no kind of resource ${JSON.stringify(name.slice(0, 80))}${mend}`,
    {
      details: { kind: name.slice(0, 80), ...(nearest === undefined ? {} : { nearest }) },
    },
  );
}
