// A watch that outlives its connections.
export { Watcher, type WatchKindInit, type WatchOptions } from "./watch.ts";
export type {
  WatchDelete,
  WatchEvent,
  WatchedResource,
  WatchGap,
  WatchInit,
  WatchPut,
} from "./watch-event.ts";
