import { AppError } from "@sallyport/api";
import type {
  AuthPreferenceV2,
  ClusterNetworkingConfigV2,
  SessionRecordingConfigV2,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision, newUuid } from "../kernel/ids.ts";
import { type Backend, key } from "../storage/index.ts";
import { authPreference } from "./auth-preference.ts";
import { type ClusterConfig, type ClusterConfigDeps, createClusterConfig } from "./cluster-config.ts";
import { networkingConfig } from "./networking-config.ts";
import { recordingConfig } from "./recording-config.ts";

/** The cluster's name, id and singleton configurations. */
export interface ClusterConfigs {
  readonly name: string;
  readonly id: string;
  readonly networking: ClusterConfig<ClusterNetworkingConfigV2>;
  readonly recording: ClusterConfig<SessionRecordingConfigV2>;
  readonly authPreference: ClusterConfig<AuthPreferenceV2>;
}

export function createClusterConfigs(deps: ClusterConfigDeps, identity: ClusterIdentity): ClusterConfigs {
  return {
    ...identity,
    networking: createClusterConfig(deps, networkingConfig),
    recording: createClusterConfig(deps, recordingConfig),
    authPreference: createClusterConfig(deps, authPreference),
  };
}

export interface ClusterIdentity {
  readonly name: string;
  readonly id: string;
}

const IDENTITY = key("cluster_configuration", "name");

/**
 * The name and id of the cluster. Both are chosen at the first start and never change: every certificate carries
 * the name, so a later, different one in the config file is reported by `renamed` and not taken.
 */
export async function settleClusterIdentity(
  backend: Backend,
  wishedName: string,
): Promise<ClusterIdentity & { readonly renamed: boolean }> {
  const stored = await backend.get(IDENTITY);
  if (stored !== undefined) {
    const identity = JSON.parse(Buffer.from(stored.value).toString("utf8")) as ClusterIdentity;
    return { ...identity, renamed: identity.name !== wishedName };
  }
  const identity: ClusterIdentity = { name: wishedName, id: newUuid() };
  const value = Buffer.from(JSON.stringify(identity));
  const written = await backend.commit([
    { op: "put", key: IDENTITY, value, revision: newRevision(), condition: { is: "absent" } },
  ]);
  if (!written.ok) throw new AppError("UNAVAILABLE", "another process is setting up this cluster");
  return { ...identity, renamed: false };
}
