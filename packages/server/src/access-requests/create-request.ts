import { AppError } from "@sallyport/api";
import { newUuidV7 } from "../kernel/ids.ts";
import type { Call } from "../rpc/index.ts";
import { decideCreate } from "./asking/decide-create.ts";
import { readRequestPolicies } from "./asking/request-policy.ts";
import { searchableRoles } from "./asking/requestable-roles.ts";
import type { Requester, RoleCatalogue } from "./asking/requester.ts";
import { noResources } from "./asking/resource-roles.ts";
import { type AccessRequestWish, checkLengths } from "./asking/wish.ts";
import { decideRequest } from "./decide-request.ts";
import type { AccessRequestDeps } from "./deps.ts";
import { requestCreated } from "./events.ts";
import { loadCatalogue, loadRequester } from "./load-people.ts";
import { checkNeverUsed, describeUnstored, insert, type StoredRequest } from "./store.ts";
import { orExplain, orThrow } from "./verdict.ts";

/** Asks for roles. A dry run decides everything and stores nothing. The id is the server's to choose, if it may. */
export async function createRequest(
  deps: AccessRequestDeps,
  wish: AccessRequestWish,
  call: Call,
  chosenId?: string,
): Promise<StoredRequest> {
  checkCaller(wish, call);
  orThrow(checkLengths(wish));
  const id = chosenId ?? newUuidV7(call.now);
  const requester = await loadRequester(deps, wish.user, identityEnd(wish, call));
  const { request } = orExplain(
    decideRequest({
      wish,
      requester,
      id,
      catalogue: await catalogueFor(deps, wish, requester),
      resources: deps.resources ?? noResources,
      clusterName: deps.clusterName,
      remoteClusters: deps.remoteClusters?.() ?? [],
      now: call.now,
    }),
  );
  if (wish.dryRun) return describeUnstored(request);
  const { changes, ...stored } = insert(request);
  const entry = deps.auditChange(requestCreated(request, call));
  const first = chosenId === undefined ? [] : [checkNeverUsed(id)];
  const { ok } = await deps.backend.commit([...changes, ...first, entry]);
  if (!ok) throw new AppError("ALREADY_EXISTS", `access request "${request.id}" exists already, or did once`);
  return stored;
}

function checkCaller(wish: AccessRequestWish, { caller }: Call): void {
  const verdict = caller.permissions.check("access_request", ["create"]);
  const refusal = decideCreate(verdict, wish, {
    userName: caller.kind === "user" ? caller.name : "",
    impersonator: caller.identity?.impersonator ?? "",
    activeRequests: caller.identity?.activeRequests ?? [],
  });
  orThrow(refusal);
}

/** Access that one asks for oneself never outlives the certificate that asked for it. */
function identityEnd(wish: AccessRequestWish, { caller }: Call): number | undefined {
  return caller.kind === "user" && caller.name === wish.user
    ? caller.identity?.expires?.getTime()
    : undefined;
}

async function catalogueFor(
  deps: AccessRequestDeps,
  wish: AccessRequestWish,
  requester: Requester,
): Promise<RoleCatalogue> {
  if (wish.roles.includes("*")) return loadCatalogue(deps, "all");
  const searchable = wish.resourceIds.length > 0 ? searchableRoles(readRequestPolicies(requester)) : [];
  return loadCatalogue(deps, [...wish.roles, ...searchable]);
}
