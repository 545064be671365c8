import { AppError } from "@sallyport/api";
import type { Call } from "../../rpc/index.ts";
import { readRequestPolicies } from "../asking/request-policy.ts";
import { searchableRoles } from "../asking/requestable-roles.ts";
import { noResources } from "../asking/resource-roles.ts";
import { checkLengths } from "../asking/wish.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadCatalogue, loadRequester } from "../load-people.ts";
import { orThrow } from "../verdict.ts";
import { type Capabilities, type CapabilitiesWish, describeCapabilities } from "./capabilities.ts";

/** What somebody could ask for. An empty user is the caller. */
export async function getCapabilities(
  deps: AccessRequestDeps,
  user: string,
  wish: CapabilitiesWish,
  call: Call,
): Promise<Capabilities> {
  const name = user === "" ? call.caller.name : user;
  checkMayLookAt(name, call);
  orThrow(checkLengths(wish));
  const requester = await loadRequester(deps, name);
  const searchable = searchableRoles(readRequestPolicies(requester));
  const question = {
    wish,
    requester,
    catalogue: await loadCatalogue(deps, wish.requestableRoles ? "all" : searchable),
    resources: deps.resources ?? noResources,
    clusterName: deps.clusterName,
  };
  return orThrow(describeCapabilities(question));
}

/** Everybody may know of themselves; of others it tells what their user and role records say. */
export function checkMayLookAt(user: string, { caller }: Call): void {
  if (caller.kind === "user" && caller.name === user) return;
  const { permissions } = caller;
  const mayRead =
    permissions.check("user", ["read"]).allow && permissions.check("role", ["list", "read"]).allow;
  if (!mayRead) throw new AppError("ACCESS_DENIED", "access denied to the capabilities of other users");
}
