import type { Event } from "#gen/teleport/legacy/client/proto/event_pb.js";
import type { WatchKind } from "#gen/teleport/legacy/types/types_pb.js";

/** A resource as it comes with a watch event: `case` says which message `value` is. */
export type WatchedResource = Exclude<
  Event["Resource"],
  { case: undefined } | { case: "WatchStatus" | "ResourceHeader" }
>;

/**
 * The watch stands. Comes first and once, and always before the first change: what is listed from now on together with
 * the changes that follow is complete.
 */
export interface WatchInit {
  readonly type: "init";
  /** What is watched, as the server understood it; fewer than asked for with `allowPartial`. */
  readonly kinds: readonly WatchKind[];
  /** True after `from`: nothing was missed since that cursor, so that nothing has to be listed. */
  readonly resumed: boolean;
  /** "" from a server that has no cursors. */
  readonly cursor: string;
}

/**
 * The watch stands again, and changes may have been missed: list everything anew. Comes after a lost connection to a
 * server without cursors, or when the cursor has become too old; never when the watch could be resumed.
 */
export interface WatchGap {
  readonly type: "gap";
  readonly because: "CURSOR_TOO_OLD" | "NO_CURSOR";
  readonly kinds: readonly WatchKind[];
  readonly cursor: string;
}

/** A resource was created or changed. */
export interface WatchPut {
  readonly type: "put";
  readonly kind: string;
  readonly name: string;
  readonly resource: WatchedResource;
  /** Where to go on after this event; see `WatchOptions.from`. "" from a server that has no cursors. */
  readonly cursor: string;
}

/** A resource is gone. Filters do not hide it. */
export interface WatchDelete {
  readonly type: "delete";
  readonly kind: string;
  readonly subKind: string;
  readonly name: string;
  readonly cursor: string;
}

/** What a watch gives. */
export type WatchEvent = WatchInit | WatchGap | WatchPut | WatchDelete;
