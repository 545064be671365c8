import type { Change } from "../../storage/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadRequester } from "../load-people.ts";
import { checkUnchanged, loadRequest } from "../store.ts";
import { orThrow } from "../verdict.ts";
import { decideUse, type LentAccess } from "./decide-use.ts";

/**
 * What the user may take up from this request now; throws what the caller is to be told where they may not.
 * `unchanged` goes into the commit that uses it, so that a denial or deletion at the same moment wins.
 */
export async function checkRequestInUse(
  deps: AccessRequestDeps,
  requestId: string,
  user: string,
  now: number,
): Promise<LentAccess & { readonly unchanged: Change }> {
  const [request, requester] = await Promise.all([
    loadRequest(deps.backend, requestId),
    loadRequester(deps, user),
  ]);
  const lent = orThrow(decideUse(request, requester, now));
  return { ...lent, unchanged: checkUnchanged(requestId, request?.revision) };
}
