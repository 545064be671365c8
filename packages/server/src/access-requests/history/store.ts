import { fromBinary } from "@bufbuild/protobuf";
import {
  type AccessRequestRecord,
  AccessRequestRecordSchema,
} from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import type { AccessRequestV3 } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { giveWay } from "../../kernel/give-way.ts";
import type { Backend, Item, Key } from "../../storage/index.ts";
import type { RequestState } from "../access-request.ts";
import { historyFrom, historyPrefix } from "../storing/keys.ts";
import { readState } from "../wire/read-request.ts";

/** Which of the requests that are gone are wanted; empty values mean any. */
export interface HistoryFilter {
  readonly user: string;
  readonly state: RequestState;
  /** Ended at this instant or later. */
  readonly from: number | undefined;
  /** Ended before this instant. */
  readonly to: number | undefined;
  readonly words: readonly string[];
}

export interface HistoryListing {
  readonly filter: HistoryFilter;
  readonly limit: number;
  /** `nextToken` of the page before. */
  readonly token: string;
  readonly maxBytes: number;
}

export interface HistoryPage {
  /** The stored bytes of each record, the latest ending first. */
  readonly items: readonly Uint8Array[];
  readonly nextToken: string;
}

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
const CHUNK = 500;

/** Walks backwards in time from where the page begins to where the range ends. */
export async function listHistory(backend: Backend, listing: HistoryListing): Promise<HistoryPage> {
  const limit = listing.limit <= 0 ? DEFAULT_PAGE : Math.min(listing.limit, MAX_PAGE);
  const items: Uint8Array[] = [];
  let bytes = 0;
  let lastToken = listing.token;
  for await (const item of walk(backend, listing)) {
    if (matches(listing.filter, fromBinary(AccessRequestRecordSchema, item.value))) {
      bytes += item.value.length;
      const isFull = items.length === limit || (items.length > 0 && bytes > listing.maxBytes);
      if (isFull) return { items, nextToken: lastToken };
      items.push(item.value);
    }
    lastToken = item.key.slice(historyPrefix.length);
  }
  return { items, nextToken: "" };
}

async function* walk(backend: Backend, { filter, token }: HistoryListing): AsyncGenerator<Item> {
  let after = startOf(filter, token);
  // Keys of one instant are longer than the instant itself, so `from` is inside the range.
  const until = filter.from === undefined ? undefined : historyFrom(filter.from);
  for (;;) {
    const page = await backend.list({ prefix: historyPrefix, after, until, limit: CHUNK, reverse: true });
    yield* page.items;
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
    await giveWay();
  }
}

function startOf({ to }: HistoryFilter, token: string): Key | undefined {
  if (token !== "") return `${historyPrefix}${token}` as Key;
  return to === undefined ? undefined : historyFrom(to);
}

function matches({ user, state, words }: HistoryFilter, record: AccessRequestRecord): boolean {
  const spec = record.request?.Spec;
  if (user !== "" && spec?.User !== user) return false;
  if (state !== "NONE" && readState(spec?.State ?? 0) !== state) return false;
  if (words.length === 0) return true;
  const texts = searchable(record.request).map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word.toLowerCase())));
}

function searchable(request: AccessRequestV3 | undefined): readonly string[] {
  const spec = request?.Spec;
  if (spec === undefined) return [];
  const resources = spec.RequestedResourceIDs.map(({ Name }) => Name);
  const reasons = [spec.RequestReason, spec.ResolveReason];
  return [request?.Metadata?.Name ?? "", spec.User, ...spec.Roles, ...reasons, ...resources];
}
