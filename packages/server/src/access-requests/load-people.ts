import { AppError } from "@sallyport/api";
import type { Role } from "../roles/index.ts";
import type { Caller } from "../rpc/index.ts";
import type { Requester, RoleCatalogue } from "./asking/requester.ts";
import type { AccessRequestDeps } from "./deps.ts";
import type { Reviewer } from "./reviewing/review-permission.ts";

/** The user who asks, by what is stored of them. */
export async function loadRequester(
  deps: AccessRequestDeps,
  name: string,
  identityExpiresAt?: number,
): Promise<Requester> {
  const user = await deps.users.get(name);
  if (user === undefined) throw new AppError("NOT_FOUND", `user ${JSON.stringify(name)} is not there`);
  return { name, roles: await loadRoles(deps, user.roles), traits: user.traits, identityExpiresAt };
}

/** Somebody who may review. A bot has no stored roles of its own: those of its certificate count. */
export async function loadReviewer(deps: AccessRequestDeps, name: string, caller: Caller): Promise<Reviewer> {
  const { identity } = caller;
  if (name === caller.name && identity !== undefined && identity.botName !== "") {
    if (identity.activeRequests.length > 0) {
      throw new AppError("BAD_PARAMETER", "a bot that uses access requests cannot review any");
    }
    return { name, roles: await loadRoles(deps, caller.roles), traits: caller.traits };
  }
  return loadRequester(deps, name);
}

/** The caller as a reader: services and users of other clusters are no users of this one, and review nothing. */
export async function loadReader(deps: AccessRequestDeps, caller: Caller): Promise<Reviewer> {
  if (caller.kind === "user" && caller.origin === undefined) return loadReviewer(deps, caller.name, caller);
  return { name: caller.name, roles: [], traits: {} };
}

/** A role that is gone could have been one that denies, so nothing is decided without it. */
async function loadRoles(deps: AccessRequestDeps, names: readonly string[]): Promise<readonly Role[]> {
  return Promise.all(
    names.map(async (name) => {
      const role = await deps.roles.get(name);
      if (role === undefined) throw new AppError("NOT_FOUND", `role ${JSON.stringify(name)} is not there`);
      return role;
    }),
  );
}

/** The roles that a decision may look at: those named, or all where a list of names is not enough. */
export async function loadCatalogue(
  deps: AccessRequestDeps,
  names: readonly string[] | "all",
): Promise<RoleCatalogue> {
  const roles = names === "all" ? await loadAll(deps) : await loadKnown(deps, names);
  const byName = new Map(roles.map((role) => [role.name, role]));
  return { get: (name) => byName.get(name), names: () => [...byName.keys()] };
}

async function loadAll(deps: AccessRequestDeps): Promise<readonly Role[]> {
  const roles: Role[] = [];
  for await (const role of deps.roles.all()) roles.push(role);
  return roles;
}

async function loadKnown(deps: AccessRequestDeps, names: readonly string[]): Promise<readonly Role[]> {
  const roles = await Promise.all([...new Set(names)].map((name) => deps.roles.get(name)));
  return roles.filter((role) => role !== undefined);
}
