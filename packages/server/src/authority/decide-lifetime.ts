import type { Reason } from "@sallyport/api";
import { combineMfaInterval, combineOptions } from "../roles/index.ts";
import type { CertSubject } from "./user-certs.ts";

export const MAX_RENEWABLE_MS = 7 * 24 * 60 * 60 * 1000;
const SINGLE_USE_MS = 60_000;

type LifetimeVerdict =
  | { readonly allow: true; readonly expiresAt: number }
  | { readonly allow: false; readonly reason: Reason; readonly because: string };

export interface LifetimeFacts {
  readonly subject: CertSubject;
  readonly now: number;
  readonly askedAt: number | undefined;
  /** The cluster's default, in milliseconds. */
  readonly defaultTtlMs: number;
  /** Expiry of the caller's own certificate. */
  readonly callerExpiresAt: number | undefined;
  readonly callerRenewable: boolean;
  readonly isSingleUse?: boolean | undefined;
  /** For a proxy on the user's machine: not longer than a session, but not for one use only either. */
  readonly isLocalProxy?: boolean | undefined;
  /** The cluster wants a second factor for every session. */
  readonly requiresSessionMfa?: boolean | undefined;
  /** Nothing lives longer than the authority that signs it; left out, it has no end. */
  readonly authorityEndsAt?: number | undefined;
}

/**
 * How long the certificate lives. The wish is cut by: the caller's own certificate (never longer than that for
 * oneself), the access that each request grants, and the lifetime of every role; only the local administrator is
 * not bound by roles.
 */
export function decideLifetime(facts: LifetimeFacts): LifetimeVerdict {
  const { subject, now, askedAt } = facts;
  if (askedAt !== undefined && askedAt <= now) return expiredAlready(subject);
  const ends = [askedAt ?? now + facts.defaultTtlMs];
  if (facts.isLocalProxy) ends.push(now + localProxyTtlMs(facts));
  else if (facts.isSingleUse) ends.push(now + SINGLE_USE_MS);
  if (facts.authorityEndsAt !== undefined) ends.push(facts.authorityEndsAt);
  for (const request of subject.requests) ends.push(request.accessExpiresAt);
  if (subject.ground === "self" || subject.ground === "role request") {
    const { callerExpiresAt } = facts;
    if (callerExpiresAt === undefined) {
      return { allow: false, reason: "ACCESS_DENIED", because: "the own certificate has no end" };
    }
    const renews = facts.callerRenewable || subject.ground === "role request";
    ends.push(renews ? now + MAX_RENEWABLE_MS : callerExpiresAt);
  }
  if (subject.ground !== "admin") ends.push(now + combineOptions(subject.roles).maxSessionTtlMs);
  const expiresAt = Math.min(...ends);
  return expiresAt > now
    ? { allow: true, expiresAt }
    : { allow: false, reason: "ACCESS_DENIED", because: "what the certificate rests on has expired" };
}

/** Clients of the wire contract ask for a new login at exactly these words, and at no others. */
const RELOGIN = "access denied: client credentials have expired, please relogin.";

/** Whoever asks for oneself asks for the end of what one has, so it is one's own credentials that are over. */
function expiredAlready({ ground }: CertSubject): LifetimeVerdict {
  return ground === "self" || ground === "role request"
    ? { allow: false, reason: "CERTIFICATE_EXPIRED", because: RELOGIN }
    : { allow: false, reason: "BAD_PARAMETER", because: "the certificate would have expired already" };
}

/** A session, and no longer than until its second factor would have to be shown again. */
function localProxyTtlMs({ subject, defaultTtlMs, requiresSessionMfa = false }: LifetimeFacts): number {
  return Math.min(defaultTtlMs, combineMfaInterval(subject.roles, requiresSessionMfa) ?? defaultTtlMs);
}
