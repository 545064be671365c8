import type { Clock } from "../kernel/clock.ts";
import { type Backend, type Cursor, cursorAt, type StoredChange, type Watch } from "../storage/index.ts";
import { EventRing } from "./ring.ts";
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
  /** Reads what happened after a cursor into events; rejects with CURSOR_TOO_OLD. */
  replay(from: Cursor): Promise<readonly RingEvent[]>;
  /** True once the storage has ended; every stream then ends as Unavailable. */
  readonly ended: boolean;
  close(): void;
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
    replay: (from) => replay(deps, prefixes, from),
    close: () => {
      watch.close();
      end();
    },
  };
}

async function replay(
  deps: WatchFeedDeps,
  prefixes: WatchFeedDeps["sources"][number]["prefix"][],
  from: Cursor,
) {
  const events: RingEvent[] = [];
  const watch = await deps.backend.watch({
    prefixes,
    from,
    onChanges: (changes, at) => {
      events.push(...toEvents(deps.sources, changes, at, deps.clock.now()));
    },
  });
  watch.close();
  return events;
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
