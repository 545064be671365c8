import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Clock } from "../../kernel/clock.ts";
import { TokenBucket } from "../token-bucket.ts";

export interface SessionGuardLimits {
  readonly maxPendingBytes: number;
  readonly controlBurst: number;
  readonly controlPerSecond: number;
}

export type OnAbuse = (because: string) => void;

/** So many requests may be on their way at a time before their bytes are counted, which costs something per call. */
const UNCOUNTED_UPLOADS = 16;

/** Watches what one HTTP/2 session makes the server keep or do, beyond the limits that node:http2 has itself. */
export class SessionGuard {
  readonly #session: ServerHttp2Session;
  readonly #limits: SessionGuardLimits;
  readonly #onAbuse: OnAbuse;
  readonly #forget: (this: ServerHttp2Stream) => void;
  /** Streams whose request has not come in whole, since the last sweep and since before it. */
  #young = new Set<ServerHttp2Stream>();
  #old = new Set<ServerHttp2Stream>();
  #pendingBytes = 0;
  #streams = 0;
  #wasCalled = false;
  #onIdle: (() => void) | undefined;

  constructor(session: ServerHttp2Session, limits: SessionGuardLimits, clock: Clock, onAbuse: OnAbuse) {
    this.#session = session;
    this.#limits = limits;
    this.#onAbuse = onAbuse;
    const uploadEnded = (stream: ServerHttp2Stream) => this.uploadEnded(stream);
    const streamEnded = () => this.#streamEnded();
    this.#forget = function forget() {
      uploadEnded(this);
      streamEnded();
    };
    const bucket = new TokenBucket(limits.controlBurst, limits.controlPerSecond, clock.now());
    const onControlFrame = () => {
      if (!bucket.take(clock.now())) this.#cut("too many PING or SETTINGS frames");
    };
    session.on("ping", onControlFrame).on("remoteSettings", onControlFrame);
  }

  /** Call it after the gRPC layer has its listeners, so that reading stays paused as it wants it. */
  uploadBegins(stream: ServerHttp2Stream): void {
    this.#streams += 1;
    this.#wasCalled = true;
    this.#young.add(stream);
    stream.on("close", this.#forget);
    if (this.#young.size + this.#old.size > UNCOUNTED_UPLOADS) this.#countBytes(stream);
  }

  /** Whether no call is on its way. */
  get isIdle(): boolean {
    return this.#streams === 0;
  }

  /** Whether calls came, and all of them have ended. */
  get isDone(): boolean {
    return this.#wasCalled && this.isIdle;
  }

  /** Calls back at once, and again whenever the last call has ended. */
  onIdle(listener: () => void): void {
    this.#onIdle = listener;
    if (this.isIdle) listener();
  }

  #streamEnded(): void {
    this.#streams -= 1;
    if (this.isIdle) this.#onIdle?.();
  }

  uploadEnded(stream: ServerHttp2Stream): void {
    if (!this.#young.delete(stream)) this.#old.delete(stream);
  }

  /** Called once per `uploadTimeoutMs`: resets streams whose request has taken longer than that. */
  sweep(): void {
    for (const stream of this.#old) stream.close(constants.NGHTTP2_CANCEL);
    this.#old = this.#young;
    this.#young = new Set();
  }

  #countBytes(stream: ServerHttp2Stream): void {
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      this.#pendingBytes += chunk.length;
      if (this.#pendingBytes > this.#limits.maxPendingBytes) this.#cut("too many request bytes at a time");
    });
    stream.once("close", () => {
      this.#pendingBytes -= bytes;
    });
  }

  #cut(because: string): void {
    if (this.#session.destroyed) return;
    this.#onAbuse(because);
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}
