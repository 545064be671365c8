import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { ClusterConfigService } from "@sallyport/api/gen/teleport/clusterconfig/v1/clusterconfig_service_pb";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  ClusterAuditConfigV2Schema,
  ClusterNameV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Access, Call, RpcPart, RpcTable } from "../rpc/index.ts";
import type { ClusterConfigs } from "./cluster.ts";
import type { ClusterConfig, ConfigResource } from "./cluster-config.ts";

const may = (kind: string, ...verbs: ("read" | "create" | "update")[]): Access => ({ kind, verbs });
const networking = "cluster_networking_config";
const recording = "session_recording_config";
const authentication = "cluster_auth_preference";
const audits = {
  [networking]: ["cluster_networking_config.update"],
  [recording]: ["session_recording_config.update"],
  [authentication]: ["auth_preference.update"],
};
const empty = () => create(EmptySchema);

const clusterName = (name: string, id: string) =>
  create(ClusterNameV2Schema, {
    Kind: "cluster_name",
    Version: "v2",
    Metadata: { Name: "cluster-name", Namespace: "default" },
    Spec: { ClusterName: name, ClusterID: id },
  });

const auditConfig = () =>
  create(ClusterAuditConfigV2Schema, {
    Kind: "cluster_audit_config",
    Version: "v2",
    Metadata: { Name: "cluster-audit-config", Namespace: "default" },
    Spec: {},
  });

function given<T>(config: T | undefined, field: string): T {
  if (config === undefined) throw new AppError("BAD_PARAMETER", `the request has no ${field}`);
  return config;
}

/** Reading, changing and resetting one configuration, shared by the v1 service and the older methods. */
function entriesFor<M extends ConfigResource>(config: ClusterConfig<M>) {
  const { kind } = config.kind;
  const audit = audits[kind as keyof typeof audits];
  return {
    get: { access: may(kind, "read"), handle: () => config.get() },
    reset: {
      access: may(kind, "update"),
      audit,
      handle: async (_: unknown, call: Call) => config.reset(call),
    },
    set: {
      access: may(kind, "update"),
      audit,
      handle: async (request: M, call: Call) => {
        await config.upsert(request, call);
        return empty();
      },
    },
    resetOld: {
      access: may(kind, "update"),
      audit,
      handle: async (_: unknown, call: Call) => {
        await config.reset(call);
        return empty();
      },
    },
  };
}

export function clusterConfigRpcs(cluster: ClusterConfigs): RpcTable<typeof ClusterConfigService> {
  const { networking: net, recording: rec, authPreference: auth } = cluster;
  const [netRpcs, recRpcs, authRpcs] = [entriesFor(net), entriesFor(rec), entriesFor(auth)];
  return {
    getClusterName: {
      access: may("cluster_name", "read"),
      handle: () => clusterName(cluster.name, cluster.id),
    },
    getClusterAuditConfig: { access: may("cluster_audit_config", "read"), handle: auditConfig },
    getClusterNetworkingConfig: netRpcs.get,
    resetClusterNetworkingConfig: netRpcs.reset,
    updateClusterNetworkingConfig: {
      access: may(networking, "update"),
      audit: audits[networking],
      handle: (r, call) => net.update(given(r.clusterNetworkConfig, "cluster_network_config"), call),
    },
    upsertClusterNetworkingConfig: {
      access: may(networking, "create", "update"),
      audit: audits[networking],
      handle: (r, call) => net.upsert(given(r.clusterNetworkConfig, "cluster_network_config"), call),
    },
    getSessionRecordingConfig: recRpcs.get,
    resetSessionRecordingConfig: recRpcs.reset,
    updateSessionRecordingConfig: {
      access: may(recording, "update"),
      audit: audits[recording],
      handle: (r, call) => rec.update(given(r.sessionRecordingConfig, "session_recording_config"), call),
    },
    upsertSessionRecordingConfig: {
      access: may(recording, "create", "update"),
      audit: audits[recording],
      handle: (r, call) => rec.upsert(given(r.sessionRecordingConfig, "session_recording_config"), call),
    },
    getAuthPreference: authRpcs.get,
    resetAuthPreference: authRpcs.reset,
    updateAuthPreference: {
      access: may(authentication, "update"),
      audit: audits[authentication],
      handle: (r, call) => auth.update(given(r.authPreference, "auth_preference"), call),
    },
    upsertAuthPreference: {
      access: may(authentication, "create", "update"),
      audit: audits[authentication],
      handle: (r, call) => auth.upsert(given(r.authPreference, "auth_preference"), call),
    },
  };
}

type OlderMethods =
  | "getClusterAuditConfig"
  | "getClusterNetworkingConfig"
  | "setClusterNetworkingConfig"
  | "resetClusterNetworkingConfig"
  | "getSessionRecordingConfig"
  | "setSessionRecordingConfig"
  | "resetSessionRecordingConfig"
  | "getAuthPreference"
  | "setAuthPreference"
  | "resetAuthPreference";

/** The methods that clients before the v1 service call; some are still what the current Go client calls. */
export function olderConfigRpcs(cluster: ClusterConfigs): RpcPart<typeof AuthService, OlderMethods> {
  const [net, rec, auth] = [
    entriesFor(cluster.networking),
    entriesFor(cluster.recording),
    entriesFor(cluster.authPreference),
  ];
  return {
    getClusterAuditConfig: { access: may("cluster_audit_config", "read"), handle: auditConfig },
    getClusterNetworkingConfig: net.get,
    setClusterNetworkingConfig: net.set,
    resetClusterNetworkingConfig: net.resetOld,
    getSessionRecordingConfig: rec.get,
    setSessionRecordingConfig: rec.set,
    resetSessionRecordingConfig: rec.resetOld,
    getAuthPreference: auth.get,
    setAuthPreference: auth.set,
    resetAuthPreference: auth.resetOld,
  };
}
