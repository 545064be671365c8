import type { Clock } from "../../kernel/clock.ts";
import type { LogFields, Logger } from "../../kernel/logger.ts";

/** Refusals that strangers cause at will: counted by reason, and told in the log as a sample now and then. */
export interface RefusalCounter {
  count(because: string, sample?: LogFields): void;
  /** Reason → how often since the start. */
  totals(): ReadonlyMap<string, number>;
}

const SAMPLE_EVERY_MS = 10_000;
/** Reasons are ours, but some hold the words of a library. */
const MAX_REASONS = 200;

export function createRefusalCounter(clock: Clock, logger: Logger): RefusalCounter {
  const totals = new Map<string, number>();
  let untold = 0;
  let nextSampleAt = Number.NEGATIVE_INFINITY;
  return {
    totals: () => totals,
    count(because, sample = {}) {
      const reason = totals.has(because) || totals.size < MAX_REASONS ? because : "other";
      totals.set(reason, (totals.get(reason) ?? 0) + 1);
      untold += 1;
      const now = clock.now();
      if (now < nextSampleAt) return;
      nextSampleAt = now + SAMPLE_EVERY_MS;
      logger.warn("refused before authentication", { because, ...sample, sinceLastTold: untold });
      untold = 0;
    },
  };
}
