import type { WorkloadIdentityService } from "@sallyport/api/gen/teleport/machineid/v1/workload_identity_service_pb";
import type { RpcTable } from "../../rpc/index.ts";
import { type OlderDeps, signJwtSvids, signX509Svids } from "./sign-svids.ts";

const access = { decidedBy: "spiffe conditions of one's roles" } as const;
const audit = ["spiffe.svid.issued"];

/** Credentials as bots of before workload identities ask for them. */
export function olderWorkloadRpcs(deps: OlderDeps): RpcTable<typeof WorkloadIdentityService> {
  return {
    signX509SVIDs: {
      access,
      audit,
      handle: async ({ svids }, call) => ({ svids: await signX509Svids(deps, svids, call) }),
    },
    signJWTSVIDs: {
      access,
      audit,
      handle: async ({ svids }, call) => ({ svids: await signJwtSvids(deps, svids, call) }),
    },
  };
}
