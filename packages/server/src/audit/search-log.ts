import { AppError } from "@sallyport/api";
import { giveWay } from "../kernel/give-way.ts";
import type { Backend, Item, Key } from "../storage/index.ts";
import { key, prefix, segmentsOf } from "../storage/index.ts";
import type { RecordedEntry } from "./audit-log.ts";

/** A range of the audit log. Both ends are included, in milliseconds since 1970. */
export interface AuditSearch {
  readonly fromAt: number;
  readonly toAt: number;
  /** Event types to keep; empty = all. */
  readonly types: readonly string[];
  readonly limit: number;
  readonly order: "ascending" | "descending";
  /** The cursor of an earlier page, "" for the first. */
  readonly startKey: string;
  /** Ends a long search whose reader has gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface AuditPage {
  readonly entries: readonly RecordedEntry[];
  /** Cursor of the next page, "" when the range is exhausted. */
  readonly lastKey: string;
}

const DEFAULT_EVENTS = 500;
const MAX_EVENTS = 10_000;
const MAX_PAGE_BYTES = 1024 * 1024;
const SCAN_CHUNK = 500;
const DAY_MS = 24 * 60 * 60 * 1000;
const LOG = prefix("audit", "log");

/** One page of the log: at most `limit` entries and about 1 MiB, so that no reader has to hold more. */
export async function searchLog(backend: Backend, search: AuditSearch): Promise<AuditPage> {
  const limit = checkLimit(search.limit);
  if (search.toAt <= search.fromAt - DAY_MS) {
    throw new AppError("BAD_PARAMETER", "the end of the time range is a day or more before its start");
  }
  const reverse = search.order === "descending";
  const until = boundKey(reverse ? search.fromAt : search.toAt + 1);
  let after =
    search.startKey === "" ? boundKey(reverse ? search.toAt + 1 : search.fromAt) : cursorKey(search.startKey);
  const entries: RecordedEntry[] = [];
  let bytes = 0;
  let lastKey = "";
  for (;;) {
    if (search.signal?.aborted) throw new AppError("CANCELLED", "the search was given up");
    const page = await backend.list({ prefix: LOG, after, until, limit: SCAN_CHUNK, reverse });
    for (const item of page.items) {
      const entry = parseEntry(item);
      if (search.types.length > 0 && !search.types.includes(entry.event)) continue;
      if (entries.length === limit || (entries.length > 0 && bytes + item.value.length > MAX_PAGE_BYTES)) {
        return { entries, lastKey };
      }
      entries.push(entry);
      lastKey = cursorOf(item);
      bytes += item.value.length;
    }
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return { entries, lastKey: "" };
    after = last.key;
    await giveWay();
  }
}

/** The limit of a page: the default where none is asked for; too large a one is refused. */
export function checkLimit(limit: number): number {
  if (limit > MAX_EVENTS)
    throw new AppError("BAD_PARAMETER", `a page has at most ${MAX_EVENTS} events, not ${limit}`);
  return limit <= 0 ? DEFAULT_EVENTS : limit;
}

/** The place in the log where an instant begins: the smallest UUIDv7 of that millisecond. */
function boundKey(at: number): Key {
  const hex = Math.min(Math.max(0, Math.floor(at)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, "0");
  return key("audit", "log", `${hex.slice(0, 8)}-${hex.slice(8)}`);
}

/** From the key, not from the `uid` in the entry: that of an event of a service is its own. */
function cursorOf(item: Item): string {
  return segmentsOf(item.key).at(-1) ?? "";
}

function cursorKey(cursor: string): Key {
  if (!/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(cursor)) {
    throw new AppError("BAD_PARAMETER", "the start key is not one that this service gave out");
  }
  return key("audit", "log", cursor);
}

function parseEntry(item: Item): RecordedEntry {
  return JSON.parse(Buffer.from(item.value).toString("utf8")) as RecordedEntry;
}
