import { AppError } from "@sallyport/api/errors";
import type { Cursor, Key, StoredChange, Watch, WatchOptions } from "./backend.ts";
import type { StorageLogger } from "./logger.ts";

interface Watcher extends WatchOptions {
  open: boolean;
}

/** Hands committed changes to all watchers, in order. A watcher that throws ends alone. */
export class Feed {
  readonly #watchers = new Set<Watcher>();
  readonly #logger: StorageLogger | undefined;

  constructor(logger?: StorageLogger) {
    this.#logger = logger;
  }

  /** From the next publication on. */
  add(options: WatchOptions, cursor: Cursor): Watch {
    const watcher: Watcher = { ...options, open: true };
    this.#watchers.add(watcher);
    return { cursor, close: () => this.#remove(watcher) };
  }

  publish(changes: readonly StoredChange[], cursor: Cursor): void {
    if (changes.length === 0) return;
    // A copy: a watcher may add or close watchers, and one that is added now starts after this batch.
    for (const watcher of [...this.#watchers]) {
      if (watcher.open) this.#deliver(watcher, changes, cursor);
    }
  }

  /** Ends all watches. */
  end(error?: Error): void {
    for (const watcher of [...this.#watchers]) {
      this.#remove(watcher);
      watcher.onEnd?.(error);
    }
  }

  #deliver(watcher: Watcher, changes: readonly StoredChange[], cursor: Cursor): void {
    const wanted = matching(changes, watcher.prefixes);
    if (wanted.length === 0) return;
    try {
      watcher.onChanges(wanted, cursor);
    } catch (error) {
      this.#logger?.error({ error }, "a watcher of the storage failed and was ended");
      this.#remove(watcher);
      watcher.onEnd?.(new AppError("INTERNAL", "the watcher failed", { cause: error }));
    }
  }

  #remove(watcher: Watcher): void {
    watcher.open = false;
    this.#watchers.delete(watcher);
  }
}

/** The changes under any of the prefixes. */
export function matching(
  changes: readonly StoredChange[],
  prefixes: readonly Key[],
): readonly StoredChange[] {
  if (prefixes.some((prefix) => prefix === "/")) return changes;
  return changes.filter((change) => prefixes.some((prefix) => change.key.startsWith(prefix)));
}
