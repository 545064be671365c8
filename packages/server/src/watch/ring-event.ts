import { Encoded } from "../rpc/index.ts";
import type { Cursor, Item, StoredChange } from "../storage/index.ts";
import { encodeDelete, encodePut } from "./encode-event.ts";
import type { ResourceName, WatchSource } from "./source.ts";

/** One change as an event; whatever is costly (parsing, encoding) is done once for all streams. */
export class RingEvent {
  readonly source: WatchSource;
  readonly name: ResourceName;
  readonly sequence: number;
  readonly cursor: Cursor;
  readonly publishedAt: number;
  readonly isDelete: boolean;
  readonly #item: Item | undefined;
  #noun: { readonly value: unknown } | undefined;
  readonly #encoded = new Map<string, Encoded>();

  constructor(
    source: WatchSource,
    name: ResourceName,
    change: StoredChange,
    cursor: Cursor,
    publishedAt: number,
  ) {
    this.source = source;
    this.name = name;
    this.sequence = change.sequence;
    this.cursor = cursor;
    this.publishedAt = publishedAt;
    this.isDelete = change.op === "delete";
    this.#item = change.op === "delete" ? change.previous : change.item;
  }

  /** What it holds in memory, about: the stored bytes, what they were parsed into, and those of the event. */
  get bytes(): number {
    return 500 + 3 * (this.#item?.value.byteLength ?? 0);
  }

  /** The resource: the new one of a put, the last one of a delete; undefined where it is not known. */
  get noun(): unknown {
    if (this.#item === undefined) return undefined;
    this.#noun ??= { value: this.source.parse(this.#item) };
    return this.#noun.value;
  }

  /** The encoded event for a view; the same object for every stream with that view. */
  encoded(view: string): Encoded {
    const key = this.isDelete ? "" : view;
    let encoded = this.#encoded.get(key);
    if (encoded === undefined) {
      encoded = new Encoded(this.#encode(view));
      this.#encoded.set(key, encoded);
    }
    return encoded;
  }

  #encode(view: string): Uint8Array {
    if (this.isDelete || this.#item === undefined) {
      return encodeDelete(this.source.kind, this.name, this.cursor);
    }
    return encodePut(this.source.eventField, this.source.encode(this.noun, this.#item, view), this.cursor);
  }
}
