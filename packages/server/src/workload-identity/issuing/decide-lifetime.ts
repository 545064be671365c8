import { type Refusal, refuse } from "../refusal.ts";

const DEFAULT_TTL_MS = 3_600_000;
const MAXIMUM_TTL_MS = 24 * 3_600_000;
const LEAST_MS = 1000;

export interface LifetimeWish {
  /** Undefined where nothing was asked for. */
  readonly requestedMs: number | undefined;
  readonly maximumMs: number | undefined;
  /** When the certificate ends that was shown; undefined where it has no end. */
  readonly callerEndsAt: number | undefined;
  readonly defaultMs?: number;
  readonly now: number;
}

/**
 * When a credential ends: what is asked for is cut to what is possible, and refused only where that is nothing. No
 * credential outlives the certificate that asked for it, and with it no approval that this one rests on (threat 17).
 */
export function decideLifetime(wish: LifetimeWish): { readonly expiresAt: number } | Refusal {
  const { requestedMs, maximumMs = MAXIMUM_TTL_MS, callerEndsAt, defaultMs = DEFAULT_TTL_MS, now } = wish;
  if (requestedMs !== undefined && !(requestedMs >= LEAST_MS)) {
    return refuse("BAD_PARAMETER", "the lifetime that is asked for is less than a second");
  }
  const expiresAt = Math.min(
    now + Math.min(requestedMs ?? defaultMs, maximumMs),
    callerEndsAt ?? Number.POSITIVE_INFINITY,
  );
  if (expiresAt - now >= LEAST_MS) return { expiresAt };
  return refuse("ACCESS_DENIED", "the certificate that was shown ends too soon for a credential");
}
