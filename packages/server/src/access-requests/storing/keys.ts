import { type Key, key, prefix } from "../../storage/index.ts";
import type { AccessRequest, RequestState } from "../access-request.ts";
import { dueAt } from "../decide-expiry.ts";

export const requestsPrefix = prefix("access_requests");

export function requestKey(id: string): Key {
  return key("access_requests", id, "params");
}

/** The id in `/access_requests/<id>/params`; undefined for other keys. */
export function requestIdOf(path: Key): string | undefined {
  return /^\/access_requests\/([^/]+)\/params$/.exec(path)?.[1];
}

/** Orders besides that of the ids: keys without a value, written in the commit of the request itself. */
export const indexPrefixes = {
  user: prefix("access_request_index", "user"),
  state: prefix("access_request_index", "state"),
  due: prefix("access_request_index", "due"),
  created: prefix("access_request_index", "created"),
} as const;

export function userPrefix(user: string): Key {
  return prefix("access_request_index", "user", user);
}

export function statePrefix(state: RequestState): Key {
  return prefix("access_request_index", "state", state);
}

/** Keys before this one are due at `now`. */
export function dueLimit(now: number): Key {
  return key("access_request_index", "due", sortable(now + 1));
}

export function indexKeysOf(request: AccessRequest): readonly Key[] {
  const created = createdKey(request);
  return [
    ...(created === undefined ? [] : [created]),
    key("access_request_index", "user", request.user, request.id),
    key("access_request_index", "state", request.state, request.id),
    key("access_request_index", "due", sortable(dueAt(request)), request.id),
  ];
}

/** Ids of one process never go back, so they may be ahead of the instant that they are made for. */
const AHEAD_MS = 60_000;

/** Only for a request that has its id from a client: what the server makes stands in the order of time already. */
export function createdKey({ id, createdAt }: Pick<AccessRequest, "id" | "createdAt">): Key | undefined {
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  if (id[14] === "7" && Math.abs(madeAt - createdAt) <= AHEAD_MS) return undefined;
  return key("access_request_index", "created", sortable(createdAt), id);
}

/** Stays behind when a request ends: its id is never given to another one. */
export function endedKey(id: string): Key {
  return key("access_request_ended", id);
}

export const historyPrefix = prefix("access_request_history");

export function historyKey(endedAt: number, id: string): Key {
  return key("access_request_history", sortable(endedAt), id);
}

/** The first key of what ended at this instant or later. */
export function historyFrom(endedAt: number): Key {
  return key("access_request_history", sortable(endedAt));
}

/** The last segment of an index key: the id of the request. */
export function lastSegment(path: Key): string {
  return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
}

/** Milliseconds with leading zeros, so that the order of keys is that of time until the year 5138. */
function sortable(instant: number): string {
  return String(Math.max(0, Math.floor(instant))).padStart(14, "0");
}
