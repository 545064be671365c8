import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

type Stop = () => Promise<void> | void;

/** What a program started, in order, so that it can be stopped in the reverse order. */
export interface Lifecycle {
  /** Aborted as soon as a stop begins; streams end on it. */
  readonly stopping: AbortSignal;
  /** Runs `begin`; once it succeeded, `stop` is owed. If it fails, everything before it is stopped and it throws. */
  start<T>(name: string, begin: () => Promise<T> | T, stop: (started: T) => Promise<void> | void): Promise<T>;
  /** Stops everything once, last started first; a later call gets the same promise. Never rejects. */
  stop(why: string): Promise<void>;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long one part may take to stop before the next one is stopped; 15 s by default. */
  readonly partTimeoutMs?: number;
}

export function createLifecycle({ logger, clock, partTimeoutMs = 15_000 }: LifecycleOptions): Lifecycle {
  const abort = new AbortController();
  const parts: { readonly name: string; readonly stop: Stop }[] = [];
  let stopped: Promise<void> | undefined;

  const stopAll = async () => {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      try {
        await withLimit(part.stop, clock, partTimeoutMs);
      } catch (error) {
        logger.error("a part did not stop cleanly", { part: part.name, error });
      }
    }
  };
  const stop = (why: string) => {
    if (stopped === undefined) {
      logger.info("stopping", { why });
      abort.abort();
      stopped = stopAll();
    }
    return stopped;
  };
  return {
    stopping: abort.signal,
    stop,
    async start(name, begin, end) {
      if (abort.signal.aborted) throw new Error(`${name} was not started: the program is stopping`);
      try {
        const started = await begin();
        parts.push({ name, stop: () => end(started) });
        if (abort.signal.aborted) {
          // The stop that came while `begin` ran has passed this part by.
          await stopAll();
          throw new Error(`${name} was stopped while it started`);
        }
        return started;
      } catch (error) {
        await stop(`${name} did not start`);
        throw error;
      }
    },
  };
}

function withLimit(stop: Stop, clock: Clock, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(new Error(`not done after ${limitMs} ms`)));
    Promise.resolve().then(stop).then(resolve, reject).finally(cancel);
  });
}
