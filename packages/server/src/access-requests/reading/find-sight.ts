import type { Caller } from "../../rpc/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadReader } from "../load-people.ts";
import { orThrow } from "../verdict.ts";
import { decideSight, type Sight } from "./decide-visibility.ts";

/** Which requests the caller sees. Who sees all of them is not looked up: that is what plugins do most. */
export async function findSight(deps: AccessRequestDeps, caller: Caller, filterUser: string): Promise<Sight> {
  const verdict = caller.permissions.check("access_request", ["list", "read"]);
  if (verdict.allow) return { of: "all" };
  const nobody = { name: caller.name, roles: [], traits: {} };
  // Only what they review depends on stored roles.
  const needsRoles = !verdict.explicit && filterUser !== caller.name;
  return orThrow(decideSight(verdict, needsRoles ? await loadReader(deps, caller) : nobody, filterUser));
}
