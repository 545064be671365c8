import { giveWay } from "../../kernel/give-way.ts";
import type { Backend, Item, Key } from "../../storage/index.ts";
import { parseRequest } from "../store.ts";
import {
  createdKey,
  indexPrefixes,
  lastSegment,
  requestKey,
  requestsPrefix,
  statePrefix,
  userPrefix,
} from "../storing/keys.ts";
import { isInSight, type Sight } from "./decide-visibility.ts";
import type { ListingCall, RequestListing } from "./list-requests.ts";

/** Keys that are read at once: few enough to stop early, enough where most are left out. */
const MIN_CHUNK = 100;
const MAX_CHUNK = 1000;

export interface WalkedRequest {
  readonly item: Item;
  /** Where the walk goes on after it. */
  readonly cursor: string;
}

/** The stored requests in the order of the listing, and a few more that its filter leaves out. */
export async function* walkRequests(
  backend: Backend,
  sight: Sight,
  listing: RequestListing,
  call: ListingCall,
): AsyncGenerator<WalkedRequest> {
  const prefix = choosePrefix(sight, listing);
  const isMixed = listing.sort === "CREATED" && (await hasAny(backend, indexPrefixes.created));
  if (isMixed) yield* walkByCreation(backend, sight, prefix, listing, call);
  else yield* walk(backend, prefix, listing, call);
}

/** Ids are made in the order of time, so their order is also that of creation, but for those that clients chose. */
function choosePrefix(sight: Sight, { filter, sort }: RequestListing): Key {
  const user = sight.of === "own" ? sight.user : filter.user;
  const mine = filter.scope === "MY_REQUESTS" ? filter.requester : user;
  const state = filter.scope === "NEEDS_REVIEW" ? "PENDING" : filter.state;
  if (sort === "STATE") return state === "NONE" ? indexPrefixes.state : statePrefix(state);
  if (mine !== "") return userPrefix(mine);
  if (sort === "USER") return indexPrefixes.user;
  return state === "NONE" ? requestsPrefix : statePrefix(state);
}

async function hasAny(backend: Backend, prefix: Key): Promise<boolean> {
  return (await backend.list({ prefix, limit: 1 })).items.length > 0;
}

/** No id has one of these. */
const BETWEEN_CURSORS = "~";

/** Both in one order: requests by their ids, and those whose id tells nothing by the index of them. */
async function* walkByCreation(
  backend: Backend,
  sight: Sight,
  prefix: Key,
  listing: RequestListing,
  call: ListingCall,
): AsyncGenerator<WalkedRequest> {
  const after = listing.startKey.split(BETWEEN_CURSORS);
  const cursors = [after[0] ?? "", after[1] ?? ""];
  const from = (start: Key, startKey = "") =>
    seen(sight, walk(backend, start, { ...listing, startKey }, call));
  const walks = [withoutIndexed(backend, from(prefix, cursors[0])), from(indexPrefixes.created, cursors[1])];
  const heads = await Promise.all(walks.map((each) => each.next()));
  for (;;) {
    const first = firstOf(heads, listing.descending);
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    cursors[first] = head.value.cursor;
    yield { item: head.value.item, cursor: cursors.join(BETWEEN_CURSORS) };
    const next = await walks[first]?.next();
    if (next !== undefined) heads[first] = next;
  }
}

/** Which walk goes on; one that is at its end never does. */
function firstOf(heads: readonly IteratorResult<WalkedRequest>[], descending: boolean): number {
  const [left, right] = heads;
  if (left === undefined || left.done === true) return 1;
  if (right === undefined || right.done === true) return 0;
  const isBefore = parseRequest(left.value.item).createdAt <= parseRequest(right.value.item).createdAt;
  return isBefore === descending ? 1 : 0;
}

/** A cursor says where both walks are, and goes to somebody who must not learn of what they do not see. */
async function* seen(sight: Sight, walked: AsyncIterable<WalkedRequest>): AsyncGenerator<WalkedRequest> {
  for await (const each of walked) if (isInSight(sight, parseRequest(each.item))) yield each;
}

async function* withoutIndexed(
  backend: Backend,
  walked: AsyncIterable<WalkedRequest>,
): AsyncGenerator<WalkedRequest> {
  for await (const each of walked) {
    const key = createdKey(parseRequest(each.item));
    if (key === undefined || (await backend.get(key)) === undefined) yield each;
  }
}

async function* walk(
  backend: Backend,
  prefix: Key,
  { startKey, descending, limit }: RequestListing,
  call: ListingCall,
): AsyncGenerator<WalkedRequest> {
  let after = startKey === "" ? undefined : (`${prefix}${startKey}` as Key);
  for (;;) {
    call.signal.throwIfAborted();
    const chunk = Math.max(MIN_CHUNK, Math.min(limit + 1, MAX_CHUNK));
    const page = await backend.list({ prefix, after, limit: chunk, reverse: descending });
    yield* await resolve(backend, prefix, page.items);
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
    await giveWay();
  }
}

/** From index keys to requests. One that went away in between is left out. */
async function resolve(
  backend: Backend,
  prefix: Key,
  items: readonly Item[],
): Promise<readonly WalkedRequest[]> {
  const cursorOf = (key: Key) => key.slice(prefix.length);
  if (prefix === requestsPrefix) return items.map((item) => ({ item, cursor: cursorOf(item.key) }));
  const found = await Promise.all(
    items.map(async ({ key }) => {
      const item = await backend.get(requestKey(lastSegment(key)));
      return item && { item, cursor: cursorOf(key) };
    }),
  );
  return found.filter((walked) => walked !== undefined);
}
