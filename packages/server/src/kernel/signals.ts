import { type Clock, systemClock } from "./clock.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Logger } from "./logger.ts";

/** The part of `process` that is used here; tests hand in an emitter. */
export interface SignalSource {
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof signalNumbers;
const stopSignals = Object.keys(signalNumbers) as StopSignal[];

/** npm hands on what the terminal has sent to its children already, so one Ctrl-C arrives here twice. */
const SAME_SIGNAL_MS = 1000;

export interface SignalOptions {
  readonly source?: SignalSource;
  readonly clock?: Clock;
}

/**
 * Resolves once the first signal has stopped everything. A second signal, a second or more later, ends the process at
 * once, for somebody who will not wait; writes that were acknowledged are on disk either way.
 */
export function stopOnSignal(lifecycle: Lifecycle, options: SignalOptions = {}): Promise<StopSignal> {
  const { source = process, clock = systemClock } = options;
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const hear = (signal: NodeJS.Signals) => {
      const heard = signal as StopSignal;
      if (firstAt !== undefined) {
        if (clock.now() - firstAt >= SAME_SIGNAL_MS) source.exit(128 + signalNumbers[heard]);
        return;
      }
      firstAt = clock.now();
      lifecycle.stop(heard).then(() => {
        for (const name of stopSignals) source.off(name, hear);
        resolve(heard);
      });
    };
    for (const name of stopSignals) source.on(name, hear);
  });
}

interface WarningSource {
  removeAllListeners(event: "warning"): unknown;
  on(event: "warning", listener: (warning: Error) => void): unknown;
}

/** Warnings of the runtime become log lines instead of text on stderr. */
export function onWarning(logger: Logger, source: WarningSource = process): void {
  source.removeAllListeners("warning");
  source.on("warning", (warning) => {
    const code = "code" in warning ? { code: warning.code } : {};
    logger.warn(warning.message, { warning: warning.name, ...code });
  });
}
