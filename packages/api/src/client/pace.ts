/** Waiting and chance, handed in so that a test decides both. */
export interface Pace {
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to, not including, 1. */
  random(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Real time. A wait keeps the process alive. */
export const systemPace: Pace = {
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
  now: () => Date.now(),
};

/** Growing pauses between attempts. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The pause before an attempt: doubled each time up to the maximum, half of it by chance, so that many clients that
 * lost the same server do not come back together.
 *
 * @param attempt - 0 for the first repetition
 * @param random - from 0 to 1
 */
export function pauseMs(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
