import type { Caller, Verdict } from "../../rpc/index.ts";
import type { Item, Key } from "../../storage/index.ts";
import type { WatchSource, WatchWish } from "../../watch/index.ts";
import type { AccessRequest } from "../access-request.ts";
import { parseRequest } from "../store.ts";
import { requestIdOf, requestsPrefix } from "../storing/keys.ts";
import { orThrow } from "../verdict.ts";
import { decideWatch, matchesFilter, parseWatchFilter } from "./decide-visibility.ts";

/** Field `AccessRequest` of proto.Event. */
const EVENT_FIELD = 14;

/** Access requests as a kind that can be watched. Events carry the stored bytes. */
export const accessRequestWatchSource: WatchSource<AccessRequest> = {
  kind: "access_request",
  prefix: requestsPrefix,
  eventField: EVENT_FIELD,
  nameOf: (key: Key) => {
    const name = requestIdOf(key);
    return name === undefined ? undefined : { name, subKind: "", version: "v3" };
  },
  parse: parseRequest,
  mayWatch: (caller, wish) => mayWatch(caller, wish),
  parseFilter: (wish) => {
    const filter = orThrow(parseWatchFilter(wish.filter));
    return { matches: (request) => matchesFilter(filter, request) };
  },
  mayRead: (caller, request) =>
    caller.permissions.check("access_request", ["read"]).allow || isOwn(caller, request.user),
  viewOf: () => "",
  encode: (_: AccessRequest, item: Item) => item.value,
};

function mayWatch(caller: Caller, wish: WatchWish): Verdict {
  const verdict = caller.permissions.check("access_request", ["read"]);
  const user = wish.filter.user ?? "";
  const userName = caller.kind === "user" ? caller.name : "";
  return decideWatch(verdict, { user }, userName)
    ? { allow: true, because: verdict.because }
    : { allow: false, explicit: false, because: verdict.because };
}

function isOwn(caller: Caller, user: string): boolean {
  return caller.kind === "user" && caller.name === user;
}
