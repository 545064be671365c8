import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WatchSchema } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { type Event, Operation } from "#gen/teleport/legacy/client/proto/event_pb.js";
import type { WatchKind } from "#gen/teleport/legacy/types/types_pb.js";
import { AppError } from "../../errors/index.ts";
import type { Pace } from "../pace.ts";
import type { CallOptions } from "../rpc-caller.ts";
import type { Services } from "../services.ts";

/** A stream whose INIT has come. */
export interface OpenStream {
  readonly kinds: readonly WatchKind[];
  readonly cursor: string;
  /** What follows the INIT. */
  readonly events: AsyncIterator<Event>;
  /** Ends the call. */
  close(): void;
}

/** What opening needs beside the request. */
export interface OpenStreamOptions {
  readonly auth: Services["auth"];
  readonly pace: Pace;
  readonly call: CallOptions;
  readonly initTimeoutMs: number;
}

/**
 * Opens one stream and takes its INIT.
 *
 * @throws AppError UNAVAILABLE when INIT does not come in time or the stream ends before it.
 */
export async function openStream(
  request: MessageInitShape<typeof WatchSchema>,
  { auth, pace, call, initTimeoutMs }: OpenStreamOptions,
): Promise<OpenStream> {
  const ending = new AbortController();
  const stop = () => ending.abort(call.signal?.reason);
  call.signal?.addEventListener("abort", stop, { once: true });
  if (call.signal?.aborted) stop();
  const events = auth.watchEvents(request, { ...call, signal: ending.signal })[Symbol.asyncIterator]();
  const close = () => {
    call.signal?.removeEventListener("abort", stop);
    ending.abort();
    events.return?.().catch(() => {
      // The call is over; how its iteration ends is of no interest.
    });
  };
  try {
    const first = await withinTime(events.next(), pace, initTimeoutMs);
    return { ...readInit(first), events, close };
  } catch (error) {
    close();
    throw error;
  }
}

function readInit(first: IteratorResult<Event>): Pick<OpenStream, "kinds" | "cursor"> {
  if (first.done) throw new AppError("UNAVAILABLE", "the watch ended before it began");
  const { Type, Resource, sallyportCursor } = first.value;
  if (Type !== Operation.INIT) throw new AppError("INTERNAL", "the first event of the watch is not INIT");
  const kinds = Resource.case === "WatchStatus" ? (Resource.value.Spec?.Kinds ?? []) : [];
  return { kinds, cursor: sallyportCursor };
}

async function withinTime<T>(promise: Promise<T>, pace: Pace, ms: number): Promise<T> {
  const done = new AbortController();
  const late = pace.wait(ms, done.signal).then(() => {
    throw new AppError("UNAVAILABLE", `the watch did not begin within ${ms / 1000} s`);
  });
  late.catch(() => {
    // Aborted as soon as INIT is there, and then nobody listens any more.
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
    promise.catch(() => {
      // When the time was up first, the stream's own end is of no interest.
    });
  }
}
