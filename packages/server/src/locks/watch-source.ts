import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { type ResourceStore, ruleSubject } from "../resources/index.ts";
import { resourceSource, type WatchSource } from "../watch/index.ts";
import { locksPrefix } from "./store.ts";

/** Field `Lock` of proto.Event. */
const EVENT_FIELD = 24;

/** Locks as a kind that can be watched. */
export function lockWatchSource(locks: ResourceStore<LockV2>): WatchSource<LockV2> {
  return resourceSource<LockV2>({
    kind: "lock",
    version: "v2",
    prefix: locksPrefix,
    eventField: EVENT_FIELD,
    parse: locks.parse,
    subject: (message) => ruleSubject(LockV2Schema, message),
  });
}
