import type { Clock } from "../kernel/clock.ts";
import type { Backend, Item, Key, Watch } from "./backend.ts";
import { isLive } from "./condition.ts";

/** How a domain's records lie in storage. */
export interface RecordKind<T> {
  readonly prefix: Key;
  keyOf(name: string): Key;
  /** Must not throw for what a `put` of the domain wrote; what it wrote is checked before. */
  parse(item: Item): T;
}

export interface RecordPage<T> {
  readonly records: readonly T[];
  /** Give it as `after` for the next page; undefined on the last. */
  readonly next: Key | undefined;
}

/** Reads one kind of record through a bounded cache of parsed ones, which the feed keeps true. */
export interface CachedRecords<T> {
  get(name: string): Promise<T | undefined>;
  /** At most `limit` records and, beyond the first, `maxBytes` of stored values. */
  page(options: { after?: Key | undefined; limit: number; maxBytes?: number }): Promise<RecordPage<T>>;
  all(): AsyncGenerator<T>;
  close(): void;
}

const MAX_CACHED = 10_000;
const SCAN_CHUNK = 500;

interface Cached<T> {
  readonly item: Item;
  readonly parsed: T;
}

export async function openCachedRecords<T>(
  backend: Backend,
  clock: Clock,
  kind: RecordKind<T>,
): Promise<CachedRecords<T>> {
  const records = new Records(backend, clock, kind);
  await records.follow();
  return records;
}

class Records<T> implements CachedRecords<T> {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #kind: RecordKind<T>;
  readonly #cache = new Map<Key, Cached<T>>();
  #watch: Watch | undefined;
  /** Counts changes, so that a value read before one is not kept after it. */
  #changes = 0;
  /** Without the feed the cache would go stale, so nothing is kept. */
  #followed = false;

  constructor(backend: Backend, clock: Clock, kind: RecordKind<T>) {
    this.#backend = backend;
    this.#clock = clock;
    this.#kind = kind;
  }

  async follow(): Promise<void> {
    this.#watch = await this.#backend.watch({
      prefixes: [this.#kind.prefix],
      onChanges: (changes) => {
        this.#changes += 1;
        for (const change of changes) this.#cache.delete(change.key);
      },
      onEnd: () => this.#stopCaching(),
    });
    this.#followed = true;
  }

  async get(name: string): Promise<T | undefined> {
    const key = this.#kind.keyOf(name);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return isLive(cached.item, this.#clock.now()) ? cached.parsed : undefined;
    const before = this.#changes;
    const item = await this.#backend.get(key);
    return item === undefined ? undefined : this.#parse(item, before);
  }

  async page({
    after,
    limit,
    maxBytes = Number.POSITIVE_INFINITY,
  }: {
    after?: Key | undefined;
    limit: number;
    maxBytes?: number;
  }): Promise<RecordPage<T>> {
    const before = this.#changes;
    const page = await this.#backend.list({ prefix: this.#kind.prefix, after, limit });
    let bytes = 0;
    const fitting = page.items.filter((item, index) => {
      bytes += item.value.length;
      return index === 0 || bytes <= maxBytes;
    });
    const more = page.more || fitting.length < page.items.length;
    return {
      records: fitting.map((item) => this.#parse(item, before)),
      next: more ? fitting.at(-1)?.key : undefined,
    };
  }

  async *all(): AsyncGenerator<T> {
    let after: Key | undefined;
    do {
      const page = await this.page({ after, limit: SCAN_CHUNK });
      yield* page.records;
      after = page.next;
    } while (after !== undefined);
  }

  close(): void {
    this.#watch?.close();
    this.#stopCaching();
  }

  #parse(item: Item, changesBefore: number): T {
    const cached = this.#cache.get(item.key);
    if (cached?.item.revision === item.revision) return cached.parsed;
    const parsed = this.#kind.parse(item);
    if (this.#followed && changesBefore === this.#changes) this.#keep(item, parsed);
    return parsed;
  }

  #keep(item: Item, parsed: T): void {
    this.#cache.set(item.key, { item, parsed });
    if (this.#cache.size <= MAX_CACHED) return;
    const oldest = this.#cache.keys().next();
    if (!oldest.done) this.#cache.delete(oldest.value);
  }

  #stopCaching(): void {
    this.#followed = false;
    this.#cache.clear();
  }
}
