import { AppError, isAppError } from "@sallyport/api";
import type { Peer } from "../authority/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Caller, Connection } from "../rpc/index.ts";
import type { Authenticate } from "./authenticate.ts";
import type { CallerEpoch } from "./epoch.ts";

/** Streams are looked at again this long after a change, so that a burst of changes costs one look. */
const SETTLE_MS = 50;

interface LiveStream {
  readonly connection: Connection;
  readonly abort: (error: AppError) => void;
  readonly refresh: (caller: Caller) => void;
}

export interface StreamWatchDeps {
  readonly authenticate: Authenticate;
  readonly epoch: CallerEpoch;
  readonly clock: Clock;
  onError(error: unknown): void;
}

/**
 * A stream lives no longer than the right to it: it ends when the certificate expires, and when a lock, a deleted
 * user, a missing role, a revocation or a distrusted authority would refuse its next call (threat 18). While it lives it goes by
 * the rights of now: `refresh` is handed the caller anew.
 */
export function createStreamWatch(deps: StreamWatchDeps) {
  const streams = new Set<LiveStream>();
  let settling = false;
  const lookAgain = async () => {
    settling = false;
    for (const stream of [...streams]) await recheck(deps, stream);
  };
  deps.epoch.onChange(() => {
    if (settling || streams.size === 0) return;
    settling = true;
    deps.clock.after(SETTLE_MS, () => void lookAgain());
  });
  return (
    _caller: Caller,
    connection: Connection,
    abort: (error: AppError) => void,
    refresh: (caller: Caller) => void = () => {},
  ): (() => void) => {
    const peer = connection.peer as Peer | undefined;
    if (peer === undefined) return () => {};
    const stream = { connection, abort, refresh };
    streams.add(stream);
    // Of the class on which clients connect again: one that renews its certificate has a new one by now.
    const cancel = deps.clock.after(peer.notAfterAt - deps.clock.now(), () =>
      abort(new AppError("UNAVAILABLE", "the client certificate has expired; connect again with a new one")),
    );
    // What changed between the look at the caller and this moment was heard by nobody.
    void recheck(deps, stream);
    return () => {
      streams.delete(stream);
      cancel();
    };
  };
}

/** A look that fails for reasons of ours ends the stream as well: nobody knows whether it may go on. */
async function recheck({ authenticate, clock, onError }: StreamWatchDeps, stream: LiveStream): Promise<void> {
  try {
    stream.refresh(await authenticate(stream.connection, clock.now()));
  } catch (error) {
    if (!isAppError(error)) onError(error);
    stream.abort(isAppError(error) ? error : new AppError("INTERNAL", undefined, { cause: error }));
  }
}
