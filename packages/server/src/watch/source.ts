import type { Caller, Verdict } from "../rpc/index.ts";
import type { Item, Key } from "../storage/index.ts";

/** What a client asks to watch: one entry of `Watch.kinds`. */
export interface WatchWish {
  readonly kind: string;
  readonly subKind: string;
  readonly name: string;
  readonly version: string;
  readonly loadSecrets: boolean;
  readonly filter: Readonly<Record<string, string>>;
}

/** How a resource is named in a DELETE event. */
export interface ResourceName {
  readonly name: string;
  readonly subKind: string;
  readonly version: string;
}

/** What a filter of a wish lets through. */
export interface WatchFilter<Noun = unknown> {
  matches(noun: Noun, name: ResourceName): boolean;
}

/**
 * A kind that can be watched. Its domain provides one; the watch room turns committed changes into events with it.
 * `Noun` is whatever the domain parses an item into; it is parsed at most once per event, however many watch.
 */
export interface WatchSource<Noun = unknown> {
  readonly kind: string;
  /** Everything below this prefix belongs to the kind. */
  readonly prefix: Key;
  /** Number of the resource's field in `proto.Event`. */
  readonly eventField: number;
  /** Which resource a key holds; undefined for keys that are not shown (index keys, parts). */
  nameOf(key: Key): ResourceName | undefined;
  parse(item: Item): Noun;
  /** May the caller watch the kind with this wish? */
  mayWatch(caller: Caller, wish: WatchWish): Verdict;
  /** Throws BAD_PARAMETER on a filter key that the kind does not have. The result looks at one resource. */
  parseFilter(wish: WatchWish): WatchFilter<Noun>;
  /** May the caller see this very resource? Also asked of the previous value of a deleted one. */
  mayRead(caller: Caller, noun: Noun, wish: WatchWish): boolean;
  /** Readers with the same view get the same bytes, for example "" or "secrets" or a client's major version. */
  viewOf(wish: WatchWish, clientVersion: string | undefined): string;
  /** The encoded resource for a view. */
  encode(noun: Noun, item: Item, view: string): Uint8Array;
}

/** A kind that clients ask for and that never has events. */
export interface SilentKind {
  readonly kind: string;
  readonly silent: true;
  /** Everybody may watch it; else it takes the verb `read`, as any kind does. */
  readonly forAnyone?: boolean;
}
