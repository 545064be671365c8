// The change feed as events: one shared ring, a position per stream.
export { openWatchFeed, type WatchFeed, type WatchFeedDeps } from "./feed.ts";
export { type ResourceSourceOptions, resourceSource } from "./resource-source.ts";
export { watchRpcs } from "./rpc.ts";
export type { ResourceName, SilentKind, WatchFilter, WatchSource, WatchWish } from "./source.ts";
