import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { TrustedClusterV2ListSchema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { TrustService } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import type { RpcPart } from "../rpc/index.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { deleteTrustedCluster } from "./forget-cluster.ts";
import { createTrustedCluster, updateTrustedCluster, upsertTrustedCluster } from "./save-trusted-cluster.ts";

const KIND = "trusted_cluster";
const MAX_LISTED = 1_000;
const created = ["trusted_cluster.create"];

type Methods = "getTrustedCluster" | "getTrustedClusters" | "upsertTrustedCluster" | "deleteTrustedCluster";

/** Trusted clusters as every era reads and deletes them, and as those of before v17 write them. */
export function trustedClusterRpcs(deps: TrustRoomDeps): RpcPart<typeof AuthService, Methods> {
  return {
    getTrustedCluster: {
      access: { kind: KIND, verbs: ["read"] },
      handle: ({ Name }) => deps.trustedClusters.read(Name),
    },
    getTrustedClusters: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async () => {
        const { resources } = await deps.trustedClusters.list({ limit: MAX_LISTED });
        return create(TrustedClusterV2ListSchema, { TrustedClusters: [...resources] });
      },
    },
    upsertTrustedCluster: {
      access: { kind: KIND, verbs: ["create", "update"] },
      audit: created,
      handle: (request, call) => upsertTrustedCluster(deps, request, call, { name: "follows" }),
    },
    deleteTrustedCluster: {
      access: { kind: KIND, verbs: ["delete"] },
      audit: ["trusted_cluster.delete"],
      handle: async ({ Name }, call) => {
        await deleteTrustedCluster(deps, Name, call);
        return create(EmptySchema);
      },
    },
  };
}

type TrustMethods = "createTrustedCluster" | "updateTrustedCluster" | "upsertTrustedCluster";

/** Trusted clusters as current clients write them: named as the cluster is. */
export function trustServiceClusterRpcs(deps: TrustRoomDeps): RpcPart<typeof TrustService, TrustMethods> {
  return {
    createTrustedCluster: {
      access: { kind: KIND, verbs: ["create"] },
      audit: created,
      handle: ({ trustedCluster }, call) => createTrustedCluster(deps, trustedCluster, call),
    },
    updateTrustedCluster: {
      access: { kind: KIND, verbs: ["update"] },
      audit: created,
      handle: ({ trustedCluster }, call) => updateTrustedCluster(deps, trustedCluster, call),
    },
    upsertTrustedCluster: {
      access: { kind: KIND, verbs: ["create", "update"] },
      audit: created,
      handle: ({ trustedCluster }, call) => upsertTrustedCluster(deps, trustedCluster, call),
    },
  };
}
