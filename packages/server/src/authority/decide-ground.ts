import type { Identity, Reason } from "@sallyport/api";
import type { Caller } from "../rpc/caller.ts";
import { isAdmin, isServiceName } from "../rpc/caller.ts";
import type { Ground, UserCertsWish } from "./user-certs.ts";

interface GroundRefusal {
  readonly allow: false;
  readonly reason: Reason;
  readonly because: string;
  /** Wanted to be somebody else, and no role lets them. */
  readonly isImpersonation?: boolean;
}

type GroundVerdict = { readonly allow: true; readonly ground: Ground } | GroundRefusal;

const refuse = (because: string, reason: Reason = "ACCESS_DENIED"): GroundRefusal => ({
  allow: false,
  reason,
  because,
});

/** Usages that only make sense for a target, and where the target is named. */
const targets: Partial<Record<UserCertsWish["usage"], keyof UserCertsWish>> = {
  ssh: "nodeName",
  kubernetes: "kubernetesCluster",
  database: "databaseService",
  app: "appName",
  windows_desktop: "windowsDesktop",
};

/**
 * On what ground somebody may ask for a certificate at all, before the target user is looked at. `mayImpersonate`
 * tells whether any role of the caller lets them act as somebody else.
 */
export function decideGround(caller: Caller, wish: UserCertsWish, mayImpersonate: boolean): GroundVerdict {
  const target = targets[wish.usage];
  if (target !== undefined && wish[target] === "") {
    return refuse(`a certificate for ${wish.usage} names its target: ${target} is empty`, "BAD_PARAMETER");
  }
  const odd = tooLong(wish) ?? oddity(wish);
  if (odd !== undefined) return refuse(odd, "BAD_PARAMETER");
  const admin = isAdmin(caller);
  const self = caller.kind === "user" && caller.name === wish.username;
  if (!admin && !self && !(caller.kind === "user" && mayImpersonate)) {
    const because = "a certificate is for oneself, unless a role allows to impersonate somebody";
    return { ...refuse(because), isImpersonation: true };
  }
  if (caller.origin !== undefined && !(self && isPlain(wish))) {
    return refuse("a user of another cluster gets certificates for oneself, with the roles of the map, only");
  }
  if (wish.isSingleUse && wish.usage === "all") {
    return refuse("a single-use certificate is for one usage", "BAD_PARAMETER");
  }
  if (wish.isSingleUse && !self) return refuse("a single-use certificate is for oneself only");
  // What cannot be verified proves nothing, and is not passed over as if it had not been sent.
  if (wish.secondFactor !== undefined) return refuse("there is no such second factor of this user");
  const identity = caller.identity;
  if (identity?.disallowReissue === true) return refuse("this certificate cannot be used to get another one");
  const roleRequest = wish.useRoleRequests || wish.roleRequests.length > 0;
  if (identity !== undefined && isBorrowed(identity)) {
    // To drop requests is to begin again from the stored roles, which may be more than were impersonated.
    const requests = wish.accessRequests.length + wish.dropAccessRequests.length;
    if (requests > 0 || roleRequest || !self) return refuse("an impersonated identity may only renew itself");
  }
  if (roleRequest && !self) return refuse("role requests are for oneself only");
  return { allow: true, ground: admin ? "admin" : groundOf(self, roleRequest) };
}

/**
 * Somebody else's, lent by a role. What the local administrator signed is not: it is how people come to their first
 * certificate, and whoever holds it has the rights of nobody but the user it names.
 */
const isBorrowed = ({ impersonator, teleportCluster }: Identity): boolean =>
  impersonator !== "" && !isServiceName(impersonator, teleportCluster);

/** Asks for the roles that one has: neither for those of a request, nor fewer, nor others. */
function isPlain(wish: UserCertsWish): boolean {
  const { accessRequests, dropAccessRequests, roleRequests, useRoleRequests } = wish;
  return accessRequests.length + dropAccessRequests.length + roleRequests.length === 0 && !useRoleRequests;
}

/** As many as a user may have roles. Longer lists are not looked up at all (threat 9). */
const MAX_NAMES = 1000;

/** Where a certificate leads to is in it, in its audit entry and in the inventory (threat 9). */
const MAX_ROUTE_CHARACTERS = 10_000;

function tooLong({ accessRequests, dropAccessRequests, roleRequests, ...wish }: UserCertsWish) {
  if (Math.max(accessRequests.length, dropAccessRequests.length, roleRequests.length) > MAX_NAMES) {
    return `a certificate is asked for with at most ${MAX_NAMES} access requests or roles`;
  }
  const { routeToCluster, kubernetesCluster, nodeName, windowsDesktop, connectionDiagnosticId } = wish;
  const texts = [routeToCluster, kubernetesCluster, nodeName, windowsDesktop, connectionDiagnosticId];
  const route = JSON.stringify([texts, wish.database, wish.app]);
  return route.length > MAX_ROUTE_CHARACTERS
    ? `what a certificate leads to has at most ${MAX_ROUTE_CHARACTERS} characters`
    : undefined;
}

/** What contradicts itself, whoever asks. */
function oddity({
  usage,
  requester,
  secondFactor,
  isSingleUse,
  database,
}: UserCertsWish): string | undefined {
  if (requester === "database exec" && usage !== "database") {
    return "a certificate to run a command on databases is for the usage database";
  }
  if (requester === "database exec" && secondFactor !== undefined && isSingleUse !== true) {
    return "a second factor for a command on databases is for a single-use certificate";
  }
  if (isSingleUse && secondFactor === "totp") return "a single-use certificate takes no one-time password";
  if (database?.protocol === "mongodb" && database.username === "") {
    return "a certificate for MongoDB names the database user";
  }
  return undefined;
}

function groundOf(self: boolean, roleRequest: boolean): Ground {
  if (!self) return "impersonation";
  return roleRequest ? "role request" : "self";
}
