import { AppError } from "@sallyport/api";
import type { Backend } from "../../storage/index.ts";
import { isListed } from "../decide-expiry.ts";
import { parseRequest } from "../store.ts";
import { requestKey } from "../storing/keys.ts";
import { isInSight, matchesFilter, type RequestFilter, type Sight } from "./decide-visibility.ts";
import { walkRequests } from "./walk-requests.ts";

export const DEFAULT_PAGE = 1000;
export const MAX_PAGE = 16_000;

export const requestSorts = ["DEFAULT", "CREATED", "STATE", "USER"] as const;
export type RequestSort = (typeof requestSorts)[number];

export interface RequestListing {
  readonly filter: RequestFilter;
  readonly sort: RequestSort;
  readonly descending: boolean;
  /** 0 = the default. */
  readonly limit: number;
  /** `nextKey` of the page before. */
  readonly startKey: string;
  /** Bytes of a page, beyond its first request. */
  readonly maxBytes: number;
}

export interface RequestPage {
  /** The stored bytes of each request. */
  readonly items: readonly Uint8Array[];
  readonly nextKey: string;
}

/** The call that the page is for. */
export interface ListingCall {
  readonly now: number;
  /** Stops a walk that nobody waits for any more. Costs something on first read, so only a walk reads it. */
  readonly signal: AbortSignal;
}

/** One page of what is in sight. Walks keys in the order of the page, so it costs what the page costs. */
export async function listRequests(
  backend: Backend,
  sight: Sight,
  listing: RequestListing,
  call: ListingCall,
): Promise<RequestPage> {
  const limit = checkLimit(listing.limit);
  if (listing.filter.id !== "") return onePage(await findRequest(backend, sight, listing.filter));
  const items: Uint8Array[] = [];
  let bytes = 0;
  let lastKey = listing.startKey;
  for await (const { cursor, item } of walkRequests(backend, sight, { ...listing, limit }, call)) {
    const request = parseRequest(item);
    // Nor does the place to go on at tell of what is not in sight.
    if (!isInSight(sight, request)) continue;
    if (isListed(request, call.now) && matchesFilter(listing.filter, request)) {
      bytes += item.value.length;
      const isFull = items.length === limit || (items.length > 0 && bytes > listing.maxBytes);
      if (isFull) return { items, nextKey: lastKey };
      items.push(item.value);
    }
    lastKey = cursor;
  }
  return { items, nextKey: "" };
}

/** The stored bytes of one request, if it is in sight. Who sees all needs nothing decoded. */
export async function findRequest(
  backend: Backend,
  sight: Sight,
  filter: RequestFilter,
): Promise<Uint8Array | undefined> {
  const item = await backend.get(requestKey(filter.id));
  if (item === undefined) return undefined;
  if (sight.of === "all" && isOnlyId(filter)) return item.value;
  const request = parseRequest(item);
  return isInSight(sight, request) && matchesFilter(filter, request) ? item.value : undefined;
}

function isOnlyId({ user, state, scope, searchKeywords }: RequestFilter): boolean {
  return user === "" && state === "NONE" && scope === "DEFAULT" && searchKeywords.length === 0;
}

function onePage(found: Uint8Array | undefined): RequestPage {
  return { items: found === undefined ? [] : [found], nextKey: "" };
}

function checkLimit(limit: number): number {
  if (limit > MAX_PAGE) {
    throw new AppError("BAD_PARAMETER", `a page has at most ${MAX_PAGE} access requests`);
  }
  return limit <= 0 ? DEFAULT_PAGE : limit;
}
