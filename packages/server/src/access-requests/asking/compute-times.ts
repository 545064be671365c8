import type { Role } from "../../roles/index.ts";
import type { AccessRequest } from "../access-request.ts";
import { isRefusal, type Refusal, refuse } from "../verdict.ts";
import { letsAskFor, type RequestPolicy } from "./request-policy.ts";
import type { Requester } from "./requester.ts";
import type { AccessRequestWish } from "./wish.ts";

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** The longest that any user certificate lives. */
const MAX_CERTIFICATE_MS = 30 * HOUR_MS;
const MAX_ACCESS_DURATION_MS = 14 * DAY_MS;
const MAX_PENDING_MS = 7 * DAY_MS;
/** How long after the creation the access can begin at the latest, where it lasts longer than that. */
const MAX_START_DELAY_MS = 7 * DAY_MS;

export interface TimesInput {
  readonly wish: AccessRequestWish;
  readonly requester: Requester;
  readonly policies: readonly RequestPolicy[];
  /** The roles that are asked for, in the order of the request. */
  readonly roles: readonly Role[];
  readonly now: number;
}

export type RequestTimes = Pick<
  AccessRequest,
  "accessExpiresAt" | "expiresAt" | "maxDurationAt" | "sessionTtlAt" | "assumeStartAt" | "accessDurationMs"
>;

/** All times of a new request. They are fixed here: later steps can only shorten them. */
export function computeTimes(input: TimesInput): RequestTimes | Refusal {
  const sessionMs = computeSessionMs(input);
  if (isRefusal(sessionMs)) return sessionMs;
  const maxDurationMs = computeMaxDurationMs(input, sessionMs);
  if (isRefusal(maxDurationMs)) return maxDurationMs;
  const limited = maxDurationMs > 0;
  const windowMs = limited ? maxDurationMs : sessionMs;
  const sessionTtlAt = input.now + (limited ? Math.min(sessionMs, maxDurationMs) : sessionMs);
  const times = placeWindow(input, windowMs);
  if (isRefusal(times)) return times;
  const { assumeStartAt } = input.wish;
  const late = checkAssumeStart(assumeStartAt, { createdAt: input.now, ...times });
  return late ?? { ...times, maxDurationAt: times.accessExpiresAt, sessionTtlAt, assumeStartAt };
}

/** The start of the access that the requester or a reviewer wants; undefined where it is fine. */
export function checkAssumeStart(
  assumeStartAt: number | undefined,
  { createdAt, accessExpiresAt }: Pick<AccessRequest, "createdAt" | "accessExpiresAt">,
): Refusal | undefined {
  if (assumeStartAt === undefined) return undefined;
  if (assumeStartAt < createdAt) return refuse("BAD_PARAMETER", "assume_start_time is before the request");
  if (assumeStartAt >= accessExpiresAt) {
    return refuse("BAD_PARAMETER", "assume_start_time is not before the end of the access");
  }
  const latest = createdAt + MAX_START_DELAY_MS;
  if (latest < accessExpiresAt && assumeStartAt > latest) {
    return refuse("BAD_PARAMETER", "assume_start_time is more than 7 days after the request");
  }
  return undefined;
}

/** How long one session lasts. Limits that are not positive say nothing and are left out. */
function computeSessionMs({ wish, requester, roles, now }: TimesInput): number | Refusal {
  const limits = roles.map((role) => role.options.maxSessionTtlMs);
  if (requester.identityExpiresAt !== undefined) limits.push(requester.identityExpiresAt - now);
  const allowedMs = Math.min(MAX_CERTIFICATE_MS, ...limits.filter((limit) => limit > 0));
  if (wish.accessExpiresAt === undefined) return allowedMs;
  const wantedMs = wish.accessExpiresAt - now;
  if (wantedMs > allowedMs) {
    return refuse(
      "BAD_PARAMETER",
      `the access may end at ${iso(now + allowedMs)} at the latest, not at ${iso(wish.accessExpiresAt)}`,
    );
  }
  return wantedMs > 0 ? wantedMs : allowedMs;
}

/** How long the access lasts over several sessions; 0 or less = not set. */
function computeMaxDurationMs(input: TimesInput, sessionMs: number): number | Refusal {
  const { wish, now } = input;
  const wantedMs = wish.maxDurationAt === undefined ? undefined : wish.maxDurationAt - now;
  if (wantedMs !== undefined && wantedMs < 0) {
    return refuse("BAD_PARAMETER", "max_duration ends before the request begins");
  }
  const cappedMs = wish.dryRun ? MAX_ACCESS_DURATION_MS : wantedMs;
  if (cappedMs !== undefined && cappedMs > MAX_ACCESS_DURATION_MS) {
    return refuse("BAD_PARAMETER", "max_duration is more than 14 days");
  }
  const rolesMs = shortestOfRoles(input);
  if (rolesMs === 0) return cappedMs !== undefined && cappedMs < sessionMs ? cappedMs : 0;
  return cappedMs !== undefined && cappedMs > 0 ? Math.min(rolesMs, cappedMs) : rolesMs;
}

/**
 * The longest duration that the requester's roles give each requested role, and of these the shortest. A role
 * without one resets the minimum only until a later role has one; clients count on this order.
 */
function shortestOfRoles({ policies, roles }: TimesInput): number {
  let shortest = 0;
  for (const role of roles) {
    const granting = policies.filter((policy) => letsAskFor(policy, role.name));
    const longest = Math.max(0, ...granting.map((policy) => policy.allow?.maxDurationMs ?? 0));
    if (shortest === 0 || longest < shortest) shortest = longest;
  }
  return shortest;
}

/**
 * When the request and the access end. Where all requested roles count the duration from the approval, the end
 * that is written down is the latest possible one, and an approval moves it forward to its own.
 */
function placeWindow(
  { wish, roles, now }: TimesInput,
  windowMs: number,
): Pick<RequestTimes, "accessExpiresAt" | "expiresAt" | "accessDurationMs"> | Refusal {
  const fromApproval = roles.every((role) => role.options.accessDurationFromApproval);
  const longestMs = fromApproval ? MAX_PENDING_MS : Math.min(MAX_PENDING_MS, windowMs);
  const expiresAt = wish.expiresAt ?? now + longestMs;
  if (expiresAt <= now) return refuse("BAD_PARAMETER", "the expiry of the request is in the past");
  if (expiresAt > now + longestMs) {
    return refuse("BAD_PARAMETER", `the request may expire at ${iso(now + longestMs)} at the latest`);
  }
  if (!fromApproval) return { expiresAt, accessExpiresAt: now + windowMs, accessDurationMs: undefined };
  return { expiresAt, accessExpiresAt: expiresAt + windowMs, accessDurationMs: windowMs };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
