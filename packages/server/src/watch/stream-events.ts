import { AppError } from "@sallyport/api";
import type { Call, Caller, Encoded } from "../rpc/index.ts";
import type { Cursor } from "../storage/index.ts";
import type { GrantedKind } from "./decide-watch.ts";
import type { WatchFeed } from "./feed.ts";
import type { RingEvent } from "./ring-event.ts";

/** A stream that is this far behind is ended; its client connects again. */
const MAX_BEHIND_MS = 30_000;

/** What one stream gets from now on, or from a cursor on: only what its kinds, filters and rights let through. */
export async function* streamEvents(
  feed: WatchFeed,
  granted: readonly GrantedKind[],
  call: Call,
  start: StreamStart,
): AsyncGenerator<Encoded> {
  for (const event of start.missed) {
    const encoded = show(event, granted, call);
    if (encoded !== undefined) yield encoded;
  }
  const wake = () => feed.ring.wake();
  call.signal.addEventListener("abort", wake, { once: true });
  try {
    yield* follow(feed, granted, call, start.position);
  } finally {
    call.signal.removeEventListener("abort", wake);
  }
}

async function* follow(feed: WatchFeed, granted: readonly GrantedKind[], call: Call, start: number) {
  let position = start;
  let { caller } = call;
  for (;;) {
    while (position < feed.ring.end) {
      if (call.caller !== caller) {
        caller = call.caller;
        refuseRevoked(granted, caller);
      }
      const event = feed.ring.at(position);
      position += 1;
      if (event === undefined || event.publishedAt < feed.clock.now() - MAX_BEHIND_MS) {
        throw new AppError("UNAVAILABLE", "the reader is too far behind; connect and list again");
      }
      const encoded = show(event, granted, call);
      if (encoded !== undefined) yield encoded;
    }
    if (call.signal.aborted) return;
    if (feed.ended) throw new AppError("UNAVAILABLE", "the service is stopping");
    await feed.ring.changed(position);
  }
}

/** Rights can change under a stream; one that may no longer see a kind ends, so that its client hears of it. */
function refuseRevoked(granted: readonly GrantedKind[], caller: Caller): void {
  for (const { wish, source } of granted) {
    if (source === undefined || source.mayWatch(caller, wish).allow) continue;
    throw new AppError("ACCESS_DENIED", `access denied to watch ${wish.kind} any longer`);
  }
}

export interface StreamStart {
  /** Events after the client's cursor that the ring is past. */
  readonly missed: readonly RingEvent[];
  /** Where the stream goes on in the ring. */
  readonly position: number;
  readonly cursor: Cursor;
}

/** Where a stream begins: now, or after the cursor that the client brought. */
export async function startOf(
  feed: WatchFeed,
  granted: readonly GrantedKind[],
  call: Call,
  from: Cursor | undefined,
): Promise<StreamStart> {
  if (from === undefined) return { missed: [], position: feed.ring.end, cursor: feed.cursor };
  const wants = (event: RingEvent) => show(event, granted, call) !== undefined;
  return { ...(await feed.replay(from, wants)), cursor: from };
}

function show(event: RingEvent, granted: readonly GrantedKind[], call: Call): Encoded | undefined {
  for (const { wish, source, wants } of granted) {
    if (source !== event.source) continue;
    if (event.isDelete ? mayHaveRead(event, source, call, wish) : mayRead(event, source, call, wish, wants)) {
      return event.encoded(source.viewOf(wish, call.clientVersion));
    }
  }
  return undefined;
}

function mayRead(
  event: RingEvent,
  source: RingEvent["source"],
  call: Call,
  wish: GrantedKind["wish"],
  wants: GrantedKind["wants"],
): boolean {
  return wants(event.noun, event.name) && source.mayRead(call.caller, event.noun, wish);
}

/** A delete is shown to whoever might have read what was deleted; state filters never hide it. */
function mayHaveRead(
  event: RingEvent,
  source: RingEvent["source"],
  call: Call,
  wish: GrantedKind["wish"],
): boolean {
  return event.noun !== undefined && source.mayRead(call.caller, event.noun, wish);
}
