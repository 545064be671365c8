import type { Item, Key } from "../backend.ts";

/** What an entry costs besides its value. */
const ENTRY_BYTES = 300;

/**
 * The items that were used last, bounded by their size in memory. Two generations: what the old one holds when the
 * young one is full was not used for a while and goes; so neither reading nor writing has to keep an order.
 */
export class ReadCache {
  readonly #generationBytes: number;
  #young = new Map<Key, Item>();
  #old = new Map<Key, Item>();
  #youngBytes = 0;

  constructor(limitBytes: number) {
    this.#generationBytes = limitBytes / 2;
  }

  get(key: Key): Item | undefined {
    const item = this.#young.get(key);
    if (item !== undefined) return item;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(old);
    return old;
  }

  set(item: Item): void {
    // An index key, which is listed and never read.
    if (item.value.byteLength === 0) {
      this.delete(item.key);
      return;
    }
    const cost = costOf(item);
    if (this.#youngBytes + cost > this.#generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    } else {
      this.delete(item.key);
    }
    // One that is bigger than a generation would be alone in it; the next read fetches it again.
    if (cost > this.#generationBytes) {
      this.delete(item.key);
      return;
    }
    this.#young.set(item.key, item);
    this.#youngBytes += cost;
  }

  delete(key: Key): void {
    const item = this.#young.get(key);
    if (item !== undefined) this.#youngBytes -= costOf(item);
    this.#young.delete(key);
    this.#old.delete(key);
  }
}

function costOf(item: Item): number {
  return item.value.byteLength + ENTRY_BYTES;
}
