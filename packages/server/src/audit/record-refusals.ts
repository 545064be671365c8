import type { Clock } from "../kernel/clock.ts";
import type { AuditLog } from "./audit-log.ts";

/** A call that was refused. */
export interface Refusal {
  /** User or system name; undefined without a certificate. */
  readonly user: string | undefined;
  readonly method: string;
  readonly remoteAddress: string;
  readonly message: string;
}

export interface RefusalRecorder {
  record(refusal: Refusal): void;
  /** Resolves when everything recorded so far is on disk. */
  flush(): Promise<void>;
}

/** At most this many durable entries a minute for one identity; the rest are counted in the next one. */
const PER_IDENTITY_PER_MINUTE = 30;
/** Refusals without a certificate: one entry in this time, with the count. */
const ANONYMOUS_EVERY_MS = 60_000;
const MAX_TRACKED = 10_000;

interface Budget {
  windowAt: number;
  used: number;
  suppressed: number;
}

/**
 * Writes refusals down without letting anybody fill the disk: each identity has a budget a minute, and callers
 * without a certificate share one sampled entry (threat 9).
 */
export function openRefusalRecorder(
  log: AuditLog,
  clock: Clock,
  onError: (error: unknown) => void,
): RefusalRecorder {
  const budgets = new Map<string, Budget>();
  const pending = new Set<Promise<void>>();
  const write = (refusal: Refusal, suppressed: number) => {
    const done = log.record(entryOf(refusal, suppressed)).catch(onError);
    pending.add(done);
    void done.finally(() => pending.delete(done));
  };
  return {
    record: (refusal) => {
      const suppressed = spend(budgets, refusal.user, clock.now());
      if (suppressed !== undefined) write(refusal, suppressed);
    },
    flush: async () => {
      await Promise.all(pending);
    },
  };
}

/** How many were suppressed before this one, or undefined when this one is to be suppressed too. */
function spend(budgets: Map<string, Budget>, user: string | undefined, now: number): number | undefined {
  const identity = user === undefined ? "" : `user ${user}`;
  const windowMs = user === undefined ? ANONYMOUS_EVERY_MS : 60_000;
  const allowed = user === undefined ? 1 : PER_IDENTITY_PER_MINUTE;
  let budget = budgets.get(identity);
  if (budget === undefined || now >= budget.windowAt + windowMs) {
    if (budget === undefined && budgets.size >= MAX_TRACKED) budgets.clear();
    budget = { windowAt: now, used: 0, suppressed: budget?.suppressed ?? 0 };
    budgets.set(identity, budget);
  }
  if (budget.used >= allowed) {
    budget.suppressed += 1;
    return undefined;
  }
  budget.used += 1;
  const suppressed = budget.suppressed;
  budget.suppressed = 0;
  return suppressed;
}

function entryOf(refusal: Refusal, suppressed: number) {
  return {
    event: "auth",
    code: "T3007W",
    ...(refusal.user === undefined ? {} : { user: refusal.user }),
    "addr.remote": refusal.remoteAddress,
    success: false,
    error: `${refusal.method}: ${refusal.message}`,
    ...(suppressed === 0 ? {} : { message: `${suppressed} more refusals were not written one by one` }),
  };
}
