/**
 * The storage contract: five methods over keys and bytes. `backendContract` in testkit checks every backend.
 * A backend never hears of a role or a request; domains own their keys and codecs.
 */

/** `/segment/segment/…`; made by `key(…)`, which escapes each segment so that a name can never climb out. */
export type Key = string & { readonly __key: unique symbol };

/** Opaque and random; chosen before the value is encoded, compared by conditions, never ordered. */
export type Revision = string & { readonly __revision: unique symbol };

/**
 * `<epoch>:<sequence>`: the place right after the change of that sequence. The epoch is random and new after a
 * restore. `cursorAt(cursor, sequence)` gives the place after one change of a batch.
 */
export type Cursor = string & { readonly __cursor: unique symbol };

export interface Item {
  readonly key: Key;
  readonly value: Uint8Array;
  readonly revision: Revision;
  /** Milliseconds since 1970; from then on the key reads as absent. */
  readonly expiresAt?: number | undefined;
}

/** What must hold of a key for its commit to happen. An expired key is absent. */
export type Condition =
  | { readonly is: "any" }
  | { readonly is: "absent" }
  | { readonly is: "present" }
  | { readonly is: "at"; readonly revision: Revision };

export type Change =
  | {
      readonly op: "put";
      readonly key: Key;
      readonly value: Uint8Array;
      readonly revision: Revision;
      readonly expiresAt?: number | undefined;
      readonly condition: Condition;
    }
  | { readonly op: "delete"; readonly key: Key; readonly condition: Condition }
  /** Changes nothing; the whole commit depends on it. */
  | { readonly op: "check"; readonly key: Key; readonly condition: Condition };

export type CommitResult =
  /** `cursor` is the place after this commit. */
  | { readonly ok: true; readonly cursor: Cursor }
  /** Nothing was written. `index` is the first change whose condition did not hold. */
  | { readonly ok: false; readonly index: number; readonly key: Key; readonly found: "absent" | "present" };

export interface Range {
  /** Keys that begin with this, which ends in `/`. */
  readonly prefix: Key;
  /** Start after this key (below it when `reverse`); need not exist and may lie outside the prefix. */
  readonly after?: Key | undefined;
  /** Stop before this key, which is not wanted itself, in either direction; for ranges inside a prefix. */
  readonly until?: Key | undefined;
  /** Most items of the page, at least 1. */
  readonly limit: number;
  /** From the highest key to the lowest. */
  readonly reverse?: boolean | undefined;
}

export interface Page {
  readonly items: readonly Item[];
  /** True if the range holds more after the last item. */
  readonly more: boolean;
}

/** One change that was committed, as a watcher sees it. */
export interface StoredChange {
  /** Counts changes in commit order, then in the order within their commit; never reused, also over restarts. */
  readonly sequence: number;
  readonly op: "put" | "delete";
  readonly key: Key;
  /** The new item of a put. */
  readonly item?: Item | undefined;
  /** What was there before, if anything (also when it had expired). */
  readonly previous?: Item | undefined;
}

export interface WatchOptions {
  /** Keys under any of these; keys under `/audit/` are never seen. */
  readonly prefixes: readonly Key[];
  /** Everything after this cursor first, then the present; without it only what is committed from now on. */
  readonly from?: Cursor | undefined;
  /**
   * Called with whole commits, synchronously, in sequence order, after COMMIT and before the committer is answered; so a view kept
   * this way is never behind an answered write. Must not throw and must not await. `cursor` is the place after
   * the batch.
   */
  readonly onChanges: (changes: readonly StoredChange[], cursor: Cursor) => void;
  /** The watch is over: the backend closed or failed. Not called after `close()`. */
  readonly onEnd?: ((error?: Error) => void) | undefined;
}

export interface Watch {
  /** The place from which this watch delivers. */
  readonly cursor: Cursor;
  close(): void;
}

export interface Backend {
  /** The item, or undefined where there is none or it has expired. Sees every answered commit. */
  get(key: Key): Promise<Item | undefined>;
  /** Items in key order. Expired ones are left out. */
  list(range: Range): Promise<Page>;
  /**
   * All changes or none, durable when answered. At most one change per key. A delete of a key that is not there
   * changes nothing. Values belong to the backend from the call on: neither side writes into them afterwards.
   * Rejects with AppError UNAVAILABLE where storage is closed or cannot write, and then nothing was published.
   */
  commit(changes: readonly Change[]): Promise<CommitResult>;
  /**
   * Resolves once what follows `from` was delivered. Rejects with AppError CURSOR_TOO_OLD where the log no longer
   * holds `from`, or the epoch is another.
   */
  watch(options: WatchOptions): Promise<Watch>;
  /**
   * Removes from the medium what was overwritten or deleted: old values, and the change log but for its newest entry, so
   * cursors from before are too old. Where it is left out nothing outlives a write. Takes as long as copying everything.
   */
  purge?(): Promise<void>;
  /** Finishes queued commits, ends watches, closes files. */
  close(): Promise<void>;
}
