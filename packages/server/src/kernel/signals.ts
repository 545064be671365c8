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

/**
 * Resolves once the first signal has stopped everything. A second signal ends the process at once, for somebody who
 * will not wait; writes that were acknowledged are on disk either way.
 */
export function stopOnSignal(lifecycle: Lifecycle, source: SignalSource = process): Promise<StopSignal> {
  return new Promise((resolve) => {
    let first: StopSignal | undefined;
    const hear = (signal: NodeJS.Signals) => {
      const heard = signal as StopSignal;
      if (first !== undefined) return source.exit(128 + signalNumbers[heard]);
      first = heard;
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
