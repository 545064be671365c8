import { AppError } from "@sallyport/api/errors";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { newToken } from "../../kernel/ids.ts";
import type {
  Backend,
  Change,
  CommitResult,
  Cursor,
  Item,
  Key,
  Page,
  Range,
  StoredChange,
  Watch,
  WatchOptions,
} from "../backend.ts";
import { boundsOf } from "../bounds.ts";
import { checkChanges } from "../check-changes.ts";
import { isLive } from "../condition.ts";
import { formatCursor, resumeFrom } from "../cursor.ts";
import { Feed, matching } from "../feed.ts";
import { isAuditKey } from "../key.ts";
import type { StorageLogger } from "../logger.ts";
import { applyCommit, type Effect } from "./apply-commit.ts";
import { SortedItems } from "./sorted-items.ts";

export interface MemoryOptions {
  readonly clock?: Clock | undefined;
  readonly logger?: StorageLogger | undefined;
  /** How many changes a cursor may lie behind. */
  readonly logEntries?: number | undefined;
}

const SWEEP_EVERY_MS = 1000;
const LOG_ENTRIES = 100_000;

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: (result: CommitResult) => void;
}

/** Storage that ends with the process: the reference of the contract, and what tests run on. */
export class MemoryBackend implements Backend {
  readonly #clock: Clock;
  readonly #feed: Feed;
  readonly #logEntries: number;
  readonly #epoch = newToken();
  readonly #items = new SortedItems();
  #log: StoredChange[] = [];
  #sequence = 0;
  #queue: Waiting[] = [];
  #closed = false;
  #cancelSweep: () => void = () => {};

  constructor(options: MemoryOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#feed = new Feed(options.logger);
    this.#logEntries = options.logEntries ?? LOG_ENTRIES;
    this.#sweepLater();
  }

  async get(key: Key): Promise<Item | undefined> {
    this.#mustBeOpen();
    const item = this.#items.get(key);
    return item !== undefined && isLive(item, this.#clock.now()) ? item : undefined;
  }

  async list(range: Range): Promise<Page> {
    this.#mustBeOpen();
    const now = this.#clock.now();
    const items: Item[] = [];
    for (const item of this.#items.between(boundsOf(range), range.reverse ?? false)) {
      if (!isLive(item, now)) continue;
      if (items.length === range.limit) return { items, more: true };
      items.push(item);
    }
    return { items, more: false };
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    this.#mustBeOpen();
    return this.#enqueue(checkChanges(changes));
  }

  async watch(options: WatchOptions): Promise<Watch> {
    this.#mustBeOpen();
    if (options.from === undefined) return this.#feed.add(options, this.#cursor());
    const span = { epoch: this.#epoch, oldest: this.#sequence - this.#log.length, newest: this.#sequence };
    const missed = this.#log.slice(resumeFrom(options.from, span) - span.oldest);
    const wanted = matching(missed, options.prefixes);
    const watch = this.#feed.add(options, options.from);
    if (wanted.length > 0) options.onChanges(wanted, this.#cursor());
    return watch;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#drain();
    this.#closed = true;
    this.#cancelSweep();
    this.#feed.end();
  }

  /** Queued, not done at once: a watcher that commits must not get ahead of the batch being published. */
  #enqueue(changes: readonly Change[]): Promise<CommitResult> {
    return new Promise((resolve) => {
      this.#queue.push({ changes, resolve });
      if (this.#queue.length === 1) queueMicrotask(() => this.#drain());
    });
  }

  #drain(): void {
    const group = this.#queue;
    this.#queue = [];
    const now = this.#clock.now();
    const published: StoredChange[] = [];
    const answers = group.map(({ changes }) => this.#apply(changes, now, published));
    this.#publish(published);
    group.forEach(({ resolve }, index) => {
      const answer = answers[index];
      if (answer !== undefined) resolve(answer);
    });
  }

  #apply(changes: readonly Change[], now: number, published: StoredChange[]): CommitResult {
    const outcome = applyCommit(this.#items, changes, now);
    if ("ok" in outcome) return outcome;
    published.push(...this.#numbered(outcome));
    return { ok: true, cursor: this.#cursor() };
  }

  #numbered(effects: readonly Effect[]): StoredChange[] {
    return effects.map((effect) => {
      this.#sequence += 1;
      return { ...effect, sequence: this.#sequence };
    });
  }

  #publish(changes: readonly StoredChange[]): void {
    for (const change of changes) this.#log.push(change);
    const excess = this.#log.length - this.#logEntries;
    // Cut seldom, so that dropping the front of a long array stays cheap.
    if (excess > this.#logEntries / 10) this.#log = this.#log.slice(excess);
    this.#feed.publish(changes, this.#cursor());
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep();
      this.#sweepLater();
    });
  }

  /** Deletes what has expired, as ordinary changes. */
  #sweep(): void {
    this.#drain();
    const now = this.#clock.now();
    const expired = [...this.#items.values()].filter((item) => !isLive(item, now));
    for (const item of expired) this.#items.delete(item.key);
    const visible = expired.filter((item) => !isAuditKey(item.key));
    this.#publish(this.#numbered(visible.map((previous) => ({ op: "delete", key: previous.key, previous }))));
  }

  #cursor(): Cursor {
    return formatCursor(this.#epoch, this.#sequence);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the storage is closed");
  }
}
