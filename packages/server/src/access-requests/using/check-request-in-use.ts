import type { AccessRequestDeps } from "../deps.ts";
import { loadRequester } from "../load-people.ts";
import { loadRequest } from "../store.ts";
import { orThrow } from "../verdict.ts";
import { decideUse, type LentAccess } from "./decide-use.ts";

/** What the user may take up from this request now; throws what the caller is to be told where they may not. */
export async function checkRequestInUse(
  deps: AccessRequestDeps,
  requestId: string,
  user: string,
  now: number,
): Promise<LentAccess> {
  const [request, requester] = await Promise.all([
    loadRequest(deps.backend, requestId),
    loadRequester(deps, user),
  ]);
  return orThrow(decideUse(request, requester, now));
}
