import { AppError } from "@sallyport/api";
import type { Clock } from "../kernel/clock.ts";
import { type Backend, type Cursor, cursorAt, type StoredChange, type Watch } from "../storage/index.ts";
import { EventRing, RING_CAPACITY } from "./ring.ts";
import { RingEvent } from "./ring-event.ts";
import type { SilentKind, WatchSource } from "./source.ts";

export interface WatchFeedDeps {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly sources: readonly WatchSource[];
  /** Kinds that may be asked for and never have events. */
  readonly silentKinds: readonly SilentKind[];
}

/** The change feed of the storage as events of the served kinds, in one ring that all streams share. */
export interface WatchFeed {
  readonly ring: EventRing;
  /** Cursor of the newest change that was seen, whether or not it was an event. */
  readonly cursor: Cursor;
  readonly clock: Clock;
  sourceOf(kind: string): WatchSource | SilentKind | undefined;
  /** What happened after a cursor that somebody wants, and where in the ring it goes on; rejects with CURSOR_TOO_OLD. */
  replay(from: Cursor, wants: (event: RingEvent) => boolean): Promise<Replayed>;
  /** True once the storage has ended; every stream then ends as Unavailable. */
  readonly ended: boolean;
  close(): void;
}

export interface Replayed {
  readonly missed: readonly RingEvent[];
  readonly position: number;
}

export async function openWatchFeed(deps: WatchFeedDeps): Promise<WatchFeed> {
  const { backend, clock, sources } = deps;
  const ring = new EventRing();
  const kinds = new Map<string, WatchSource | SilentKind>();
  for (const source of [...deps.silentKinds, ...sources]) kinds.set(source.kind, source);
  const prefixes = sources.map((source) => source.prefix);
  let ended = false;
  let cursor: Cursor;
  const end = () => {
    ended = true;
    ring.wake();
  };
  const watch: Watch = await backend.watch({
    prefixes,
    onChanges: (changes, at) => {
      cursor = at;
      ring.publish(toEvents(sources, changes, at, clock.now()));
    },
    onEnd: end,
  });
  cursor ??= watch.cursor;
  return {
    ring,
    clock,
    get cursor() {
      return cursor;
    },
    get ended() {
      return ended;
    },
    sourceOf: (kind) => kinds.get(kind),
    replay: (from, wants) => {
      if (sequenceOf(cursor) - sequenceOf(from) > MAX_REPLAYED_CHANGES) throw tooMuch();
      return replay(deps, prefixes, { from, wants, ring });
    },
    close: () => {
      watch.close();
      end();
    },
  };
}

/** Beyond these it is cheaper for everybody that the client lists again. */
const MAX_REPLAYED_CHANGES = 100_000;
const MAX_REPLAYED_EVENTS = RING_CAPACITY;
const MAX_REPLAYED_BYTES = 16 * 1024 * 1024;

const sequenceOf = (cursor: Cursor) => Number(cursor.slice(cursor.indexOf(":") + 1));
const tooMuch = () => new AppError("CURSOR_TOO_OLD", "too much has happened since the cursor; list again");

interface Replay {
  readonly from: Cursor;
  readonly wants: (event: RingEvent) => boolean;
  readonly ring: EventRing;
}

/** Keeps only what is wanted, and not more than a stream may cost. */
async function replay(
  deps: WatchFeedDeps,
  prefixes: WatchFeedDeps["sources"][number]["prefix"][],
  { from, wants, ring }: Replay,
): Promise<Replayed> {
  const missed: RingEvent[] = [];
  let bytes = 0;
  let last: number | undefined;
  const watch = await deps.backend.watch({
    prefixes,
    from,
    onChanges: (changes, at) => {
      for (const event of toEvents(deps.sources, changes, at, deps.clock.now())) {
        last = event.sequence;
        if (missed.length > MAX_REPLAYED_EVENTS || bytes > MAX_REPLAYED_BYTES || !wants(event)) continue;
        missed.push(event);
        bytes += event.bytes;
      }
    },
  });
  watch.close();
  if (missed.length > MAX_REPLAYED_EVENTS || bytes > MAX_REPLAYED_BYTES) throw tooMuch();
  // At the very moment that the watch is closed: a change after it is in the ring alone.
  return { missed, position: last === undefined ? ring.end : ring.positionAfter(last) };
}

function toEvents(
  sources: readonly WatchSource[],
  changes: readonly StoredChange[],
  at: Cursor,
  now: number,
): RingEvent[] {
  const events: RingEvent[] = [];
  for (const change of changes) {
    const source = sources.find((candidate) => change.key.startsWith(candidate.prefix));
    const name = source?.nameOf(change.key);
    if (source === undefined || name === undefined) continue;
    events.push(new RingEvent(source, name, change, cursorAt(at, change.sequence), now));
  }
  return events;
}
