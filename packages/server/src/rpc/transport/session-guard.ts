import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Clock } from "../../kernel/clock.ts";
import { TokenBucket } from "../token-bucket.ts";

export interface SessionGuardLimits {
  readonly maxPendingBytes: number;
  readonly uploadTimeoutMs: number;
  readonly controlBurst: number;
  readonly controlPerSecond: number;
}

export type OnAbuse = (because: string) => void;

/** Watches what one HTTP/2 session makes the server keep or do, beyond the limits that node:http2 has itself. */
export class SessionGuard {
  readonly #session: ServerHttp2Session;
  readonly #limits: SessionGuardLimits;
  readonly #clock: Clock;
  readonly #onAbuse: OnAbuse;
  /** Streams whose request has not ended yet → when they began. */
  readonly #uploads = new Map<ServerHttp2Stream, number>();
  #pendingBytes = 0;

  constructor(session: ServerHttp2Session, limits: SessionGuardLimits, clock: Clock, onAbuse: OnAbuse) {
    this.#session = session;
    this.#limits = limits;
    this.#clock = clock;
    this.#onAbuse = onAbuse;
    const bucket = new TokenBucket(limits.controlBurst, limits.controlPerSecond, clock.now());
    const onControlFrame = () => {
      if (!bucket.take(clock.now())) this.#cut("too many PING or SETTINGS frames");
    };
    session.on("ping", onControlFrame).on("remoteSettings", onControlFrame);
  }

  /** Call it after the gRPC layer has its listeners, so that reading stays paused as it wants it. */
  track(stream: ServerHttp2Stream): void {
    let bytes = 0;
    this.#uploads.set(stream, this.#clock.now());
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      this.#pendingBytes += chunk.length;
      if (this.#pendingBytes > this.#limits.maxPendingBytes) this.#cut("too many request bytes at a time");
    });
    stream.once("close", () => {
      this.#uploads.delete(stream);
      this.#pendingBytes -= bytes;
    });
  }

  /** Called every few seconds: resets streams whose request takes too long. */
  sweep(now: number): void {
    for (const [stream, beganAt] of this.#uploads) {
      if (stream.readableEnded) this.#uploads.delete(stream);
      else if (now - beganAt > this.#limits.uploadTimeoutMs) stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  #cut(because: string): void {
    if (this.#session.destroyed) return;
    this.#onAbuse(because);
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }
}
