import { AppError } from "@sallyport/api";
import type { WorkloadIdentityIssuanceService } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import type { RpcTable } from "../../rpc/index.ts";
import type { IssuingDeps } from "./issue-deps.ts";
import { issueNamed, issueSelected } from "./issue-identity.ts";
import { readSelectors, readWish } from "./read-wish.ts";

const kind = "workload_identity";
const audit = ["spiffe.svid.issued"];

/** Credentials of workloads. The rule is asked for here; labels, rules and templates of each identity after it. */
export function workloadIssuanceRpcs(deps: IssuingDeps): RpcTable<typeof WorkloadIdentityIssuanceService> {
  return {
    issueWorkloadIdentity: {
      access: { kind, verbs: ["read"] },
      audit,
      handle: async (request, call) => {
        const { name, workloadAttrs } = request;
        if (name === "") throw new AppError("BAD_PARAMETER", "the name of the workload identity is missing");
        const wish = readWish(request, deps.issuer);
        return { credential: await issueNamed(deps, name, wish, workloadAttrs, call) };
      },
    },
    issueWorkloadIdentities: {
      access: { kind, verbs: ["list", "read"] },
      audit,
      handle: async (request, call) => {
        const selectors = readSelectors(request.labelSelectors);
        const wish = readWish(request, deps.issuer);
        return { credentials: await issueSelected(deps, selectors, wish, request.workloadAttrs, call) };
      },
    },
  };
}
