import type { Item, Key } from "../backend.ts";
import type { Bounds } from "../bounds.ts";

/** Items by key, in key order. */
export class SortedItems {
  readonly #items = new Map<Key, Item>();
  readonly #keys: Key[] = [];

  get(key: Key): Item | undefined {
    return this.#items.get(key);
  }

  put(item: Item): void {
    if (!this.#items.has(item.key)) this.#keys.splice(this.#place(item.key), 0, item.key);
    this.#items.set(item.key, item);
  }

  delete(key: Key): void {
    if (this.#items.delete(key)) this.#keys.splice(this.#place(key), 1);
  }

  *values(): Generator<Item> {
    yield* this.#items.values();
  }

  /** Items between the bounds, upwards or downwards. */
  *between({ above, below }: Bounds, reverse: boolean): Generator<Item> {
    const step = reverse ? -1 : 1;
    let place = reverse ? this.#place(below) - 1 : this.#placeAfter(above);
    for (; ; place += step) {
      const key = this.#keys[place];
      if (key === undefined || key <= above || key >= below) return;
      const item = this.#items.get(key);
      if (item !== undefined) yield item;
    }
  }

  #placeAfter(key: string): number {
    const place = this.#place(key);
    return this.#keys[place] === key ? place + 1 : place;
  }

  /** The number of keys before `key`. */
  #place(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
