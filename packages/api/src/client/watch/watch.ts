import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WatchKindSchema } from "#gen/teleport/legacy/types/types_pb.js";
import { AppError, isAppError } from "../../errors/index.ts";
import { listOf } from "../check-arguments.ts";
import { type Backoff, type Pace, pauseMs } from "../pace.ts";
import type { CallOptions } from "../rpc-caller.ts";
import type { Services } from "../services.ts";
import { type OpenStream, openStream } from "./open-stream.ts";
import { eventKey, readChange } from "./read-event.ts";
import type { WatchDelete, WatchEvent, WatchGap, WatchInit, WatchPut } from "./watch-event.ts";

/** A kind to watch: its name, or more about it. */
export type WatchKindInit =
  | string
  | {
      readonly kind: string;
      readonly subKind?: string | undefined;
      /** Only the resource of this name. */
      readonly name?: string | undefined;
      /** For `access_request`: `user`, `state`, `id`. Filters say which PUT come; DELETE always comes. */
      readonly filter?: Readonly<Record<string, string>> | undefined;
      /** Also private keys and the like, for those who may read them. */
      readonly loadSecrets?: boolean | undefined;
    };

/** How to watch. */
export interface WatchOptions extends CallOptions {
  /**
   * The `cursor` of the last event that the program has dealt with, perhaps in an earlier run: the watch goes on right
   * after it. Where that is no longer possible the first event is a `gap`.
   */
  readonly from?: string | undefined;
  /** Watches what the caller may watch of the kinds, instead of failing when one is refused. */
  readonly allowPartial?: boolean | undefined;
  /** How long INIT may take, in milliseconds; 15000 where it is left out. */
  readonly initTimeoutMs?: number | undefined;
  /** Told each time before the watch connects again, with what ended it; for a log. */
  readonly onReconnect?: ((error: AppError) => void) | undefined;
}

type Change = WatchPut | WatchDelete;

const reconnectBackoff: Backoff = { firstMs: 20, maxMs: 5000 };
const defaultInitTimeoutMs = 15_000;

/** One watch over as many connections as it takes. */
export class Watcher {
  readonly #auth: Services["auth"];
  readonly #pace: Pace;
  readonly #kinds: readonly WatchKindInit[];
  readonly #options: WatchOptions;
  /** Where to go on; "" = from now. */
  #cursor: string;
  /** Keys of the changes that were given out with this cursor: a resumed stream may repeat them. */
  #given = new Set<string>();
  #started = false;
  #failures = 0;
  #openedAt = Number.POSITIVE_INFINITY;

  constructor(auth: Services["auth"], pace: Pace, kinds: readonly WatchKindInit[], options: WatchOptions) {
    this.#auth = auth;
    this.#pace = pace;
    this.#kinds = kinds;
    this.#options = options;
    this.#cursor = options.from ?? "";
  }

  /** Events until the signal is aborted, which ends the loop without an error. */
  async *events(): AsyncGenerator<WatchEvent, void, undefined> {
    if (listOf(this.#kinds, "the kinds of a watch").length === 0) {
      throw new AppError("BAD_PARAMETER", "a watch needs at least one kind");
    }
    let lost: WatchGap["because"] | undefined;
    while (!this.#options.signal?.aborted) {
      try {
        for await (const event of this.#oneConnection(lost)) {
          lost = undefined;
          yield event;
        }
        throw new AppError("UNAVAILABLE", "the server ended the watch");
      } catch (error) {
        if (this.#options.signal?.aborted) return;
        if (!isPassing(error, this.#cursor)) throw error;
        lost = this.#lose(error, lost);
        if (!(await this.#pause(error))) return;
      }
    }
  }

  async *#oneConnection(lost: WatchGap["because"] | undefined): AsyncGenerator<WatchEvent, void, undefined> {
    const asked = this.#cursor;
    const stream = await this.#open();
    try {
      this.#openedAt = this.#pace.now();
      const opening = this.#openingEvent(stream, asked, lost);
      const repeated = new Set(this.#given);
      this.#started = true;
      if (opening !== undefined) yield opening;
      for (;;) {
        const next = await stream.events.next();
        if (next.done) return;
        const change = readChange(next.value);
        if (change !== undefined && this.#isNew(change, asked, repeated)) yield change;
      }
    } finally {
      stream.close();
    }
  }

  #open(): Promise<OpenStream> {
    const { auth, pace } = { auth: this.#auth, pace: this.#pace };
    const {
      from: _from,
      allowPartial = false,
      initTimeoutMs = defaultInitTimeoutMs,
      ...call
    } = this.#options;
    const request = {
      Kinds: this.#kinds.map(kindToWire),
      AllowPartialSuccess: allowPartial,
      sallyportCursor: this.#cursor,
    };
    return openStream(request, { auth, pace, call, initTimeoutMs });
  }

  /** What a program is told about a new connection: nothing when it was resumed without a loss. */
  #openingEvent(
    { kinds, cursor }: OpenStream,
    asked: string,
    lost: WatchGap["because"] | undefined,
  ): WatchInit | WatchGap | undefined {
    const resumed = asked !== "" && cursor !== "";
    if (!resumed) this.#moveTo(cursor);
    if (resumed) return this.#started ? undefined : { type: "init", kinds, resumed, cursor };
    if (!this.#started && asked === "" && lost === undefined) return { type: "init", kinds, resumed, cursor };
    return { type: "gap", because: lost ?? "NO_CURSOR", kinds, cursor };
  }

  /** Notes the place of a change; false for one that was given out before the connection was lost. */
  #isNew(change: Change, asked: string, repeated: Set<string>): boolean {
    const key = eventKey(change);
    if (change.cursor === asked && repeated.delete(key)) return false;
    if (change.cursor !== this.#cursor) this.#moveTo(change.cursor);
    if (change.cursor !== "") this.#given.add(key);
    this.#failures = 0;
    return true;
  }

  #moveTo(cursor: string): void {
    this.#cursor = cursor;
    this.#given = new Set();
  }

  #lose(error: AppError, lost: WatchGap["because"] | undefined): WatchGap["because"] | undefined {
    if (error.reason !== "CURSOR_TOO_OLD") return lost;
    this.#moveTo("");
    return "CURSOR_TOO_OLD";
  }

  /** False when the signal was aborted meanwhile. */
  async #pause(error: AppError): Promise<boolean> {
    this.#options.onReconnect?.(error);
    if (this.#pace.now() - this.#openedAt >= reconnectBackoff.maxMs) this.#failures = 0;
    this.#openedAt = Number.POSITIVE_INFINITY;
    const ms = pauseMs(reconnectBackoff, this.#failures, this.#pace.random());
    this.#failures += 1;
    try {
      await this.#pace.wait(ms, this.#options.signal);
      return true;
    } catch (reason) {
      if (this.#options.signal?.aborted) return false;
      throw reason;
    }
  }
}

/** Whether to connect again: the server is away, the connection broke, or only the cursor is refused. */
function isPassing(error: unknown, cursor: string): error is AppError {
  if (isAppError(error, "UNAVAILABLE")) return true;
  if (isAppError(error, "CURSOR_TOO_OLD")) return cursor !== "";
  return isAppError(error, "INTERNAL") && error.message.includes("RST_STREAM");
}

function kindToWire(kind: WatchKindInit): MessageInitShape<typeof WatchKindSchema> {
  if (typeof kind === "string") return { Kind: kind };
  return {
    Kind: kind.kind,
    SubKind: kind.subKind ?? "",
    Name: kind.name ?? "",
    Filter: { ...kind.filter },
    LoadSecrets: kind.loadSecrets ?? false,
  };
}
