import type { Item, Key } from "../backend.ts";

/** What an entry costs besides its value. */
const ENTRY_BYTES = 300;

/** The items that were used last, bounded by their size in memory. */
export class ReadCache {
  readonly #items = new Map<Key, Item>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get(key: Key): Item | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    // Last in the order of insertion is the one used last.
    this.#items.delete(key);
    this.#items.set(key, item);
    return item;
  }

  set(item: Item): void {
    this.delete(item.key);
    this.#items.set(item.key, item);
    this.#bytes += costOf(item);
    while (this.#bytes > this.#limit) this.#dropOldest();
  }

  delete(key: Key): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#bytes -= costOf(item);
  }

  #dropOldest(): void {
    const oldest = this.#items.keys().next();
    if (!oldest.done) this.delete(oldest.value);
  }
}

function costOf(item: Item): number {
  return item.value.byteLength + ENTRY_BYTES;
}
