import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import type { Clock } from "../../kernel/clock.ts";
import { CallSlots } from "./call-slots.ts";
import { CallTurn } from "./call-turn.ts";
import type { GrpcCall } from "./grpc-call.ts";
import { http2ServerOf, setHttp2Options, streamOf } from "./http2-internals.ts";
import { refuseUnknownMethod } from "./refuse-unknown-method.ts";
import type { Connection, MethodRunner, StatusError } from "./seam.ts";
import { keepSmall, serveExchange } from "./serve-exchange.ts";
import { serveStream } from "./serve-stream.ts";
import { type CallOrigin, type FindOrigin, serveUnary } from "./serve-unary.ts";
import { SessionGuard, type SessionGuardLimits } from "./session-guard.ts";

export interface GrpcServerOptions {
  /** Sent as the `version` header with every answer. */
  readonly apiVersion: string;
  readonly clock: Clock;
  readonly limits: GrpcServerLimits;
  readonly onAbuse: (because: string, connection: Connection | undefined) => void;
}

export interface GrpcServerLimits extends SessionGuardLimits {
  readonly uploadTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxRunningCalls: number;
  readonly maxHeaderListBytes: number;
  readonly resetBurst: number;
  readonly resetPerSecond: number;
  readonly maxRejectedStreams: number;
  readonly maxInvalidFrames: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Undefined = a connection may be idle for ever. */
  readonly idleTimeoutMs: number | undefined;
}

/**
 * How long a client has to close its side of a connection on which everything is answered; one that is asleep, or
 * gone without a word, never does.
 */
const LINGER_MS = 300;

const passThrough = (bytes: Buffer): Buffer => bytes;

/** gRPC over TLS sockets that were accepted, secured and verified elsewhere. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server: Server;
  readonly #headers = new Metadata();
  readonly #inject: (socket: TLSSocket) => void;
  readonly #origins = new WeakMap<object, CallOrigin>();
  /** The connection whose session is being made, which happens while it is handed over. */
  #accepting: Connection | undefined;
  readonly #guards = new Map<ServerHttp2Session, SessionGuard>();
  readonly #connections = new WeakMap<ServerHttp2Session, Connection>();
  readonly #live = new Set<GrpcCall>();
  readonly #turn = new CallTurn();
  readonly #paths = new Set<string>();
  #cancelSweep: () => void;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#headers.set("version", options.apiVersion);
    this.#server = new Server(channelOptions(options.limits));
    setHttp2Options(this.#server, http2Options(options.limits));
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = (socket) => injector.injectConnection(socket);
    this.#watchSessions();
    this.#cancelSweep = this.#scheduleSweep();
  }

  /** Throws where a path is taken already. */
  serve(methods: readonly MethodRunner[]): void {
    for (const method of methods) {
      if (!this.#register(method)) throw new Error(`${method.path} is served twice`);
      this.#paths.add(method.path);
    }
  }

  /** Takes over a secured socket whose peer was verified. */
  accept(socket: TLSSocket, connection: Connection): void {
    this.#markIdentity(socket, connection);
    this.#accepting = connection;
    this.#inject(socket);
    this.#accepting = undefined;
  }

  /** Sessions that are open. */
  get sessions(): number {
    return this.#guards.size;
  }

  /** Tells the clients of some connections to come anew; calls that run are answered. */
  retire(isStale: (connection: Connection) => boolean): void {
    for (const session of [...this.#guards.keys()]) {
      const connection = this.#connections.get(session);
      if (connection !== undefined && isStale(connection) && !session.destroyed) session.close();
    }
  }

  /** Tells clients to go, ends streams with `status`, waits for the unary calls; the rest is cut after `graceMs`. */
  async stop(graceMs: number, status: StatusError): Promise<void> {
    const sessions = [...this.#guards.keys()];
    const closed = Promise.all([...this.#guards].map(([session, guard]) => this.#close(session, guard)));
    for (const call of [...this.#live]) call.end(status);
    const cancel = this.#options.clock.after(graceMs, () => {
      for (const session of sessions) session.destroy();
    });
    await closed;
    cancel();
    this.#cancelSweep();
    this.#server.forceShutdown();
  }

  /**
   * Sends GOAWAY and resolves when the last call was answered and the connection is closed. Not left to grpc-js: with
   * this Node it takes a session that is closing for one that is closed, and cuts off the answers.
   */
  #close(session: ServerHttp2Session, guard: SessionGuard): Promise<void> {
    return new Promise((resolve) => {
      if (session.destroyed) return resolve();
      let cancel = () => {};
      session.once("close", () => {
        cancel();
        resolve();
      });
      session.close();
      guard.onIdle(() => {
        cancel();
        // A call that was under way before the client heard of the GOAWAY is answered as well.
        const cut = () => guard.isIdle && this.#connections.get(session)?.close();
        cancel = this.#options.clock.after(LINGER_MS, cut);
      });
    });
  }

  #register(runner: MethodRunner): boolean {
    const findOrigin: FindOrigin = (call) => this.#originOf(call);
    const { path } = runner;
    const method = { path, headers: this.#headers, clock: this.#options.clock };
    if (runner.kind === "unary") {
      const handle = serveUnary(method, runner.run, { findOrigin, turn: this.#turn });
      return this.#server.register(path, handle, passThrough, passThrough, "unary");
    }
    if (runner.kind === "bidi_streaming") {
      const { uploadTimeoutMs } = this.#options.limits;
      const handle = serveExchange(method, runner.run, findOrigin, this.#live, uploadTimeoutMs);
      return this.#server.register(path, handle, passThrough, keepSmall, "bidi");
    }
    const handle = serveStream(method, runner.run, findOrigin, this.#live);
    return this.#server.register(path, handle, passThrough, passThrough, "serverStream");
  }

  /**
   * grpc-js shows a handler only the peer certificate of the socket, and only where it is authorized. So the socket
   * gets an object of ours in its place, made once, that leads to the connection; anonymous ones get theirs too.
   */
  #markIdentity(socket: TLSSocket, connection: Connection): void {
    const marker = { raw: Buffer.alloc(1) } as PeerCertificate;
    this.#origins.set(marker, { connection, slots: new CallSlots(this.#options.limits.maxRunningCalls) });
    Object.defineProperties(socket, {
      authorized: { value: true },
      getPeerCertificate: { value: () => marker },
    });
  }

  #originOf(call: Parameters<FindOrigin>[0]): CallOrigin | undefined {
    const stream = streamOf(call);
    if (stream !== undefined) this.#guardOf(stream)?.uploadEnded(stream);
    // grpc-js answers by itself when a deadline passes, and may still hand the call on when its request ends.
    if (stream?.headersSent) return undefined;
    const marker = call.getAuthContext()?.sslPeerCertificate;
    return marker === undefined ? undefined : this.#origins.get(marker);
  }

  #watchSessions(): void {
    const http2Server = http2ServerOf(this.#server);
    const [dispatch, ...others] = http2Server.listeners("stream");
    if (dispatch === undefined || others.length > 0)
      throw new Error("grpc-js listens to streams in a new way");
    http2Server.removeAllListeners("stream");
    http2Server.prependListener("session", (session) => this.#guard(session));
    http2Server.on("stream", (stream, headers, flags, rawHeaders) => {
      const path = String(headers[":path"]);
      if (lengthOf(rawHeaders) > this.#options.limits.maxHeaderListBytes) return calm(stream);
      if (this.#paths.has(path)) dispatch.call(http2Server, stream, headers, flags, rawHeaders);
      else refuseUnknownMethod(stream, path, this.#options.apiVersion);
      this.#guardOf(stream)?.uploadBegins(stream);
    });
  }

  #guardOf(stream: ServerHttp2Stream): SessionGuard | undefined {
    return stream.session && this.#guards.get(stream.session as ServerHttp2Session);
  }

  #guard(session: ServerHttp2Session): void {
    const { clock, limits, onAbuse } = this.#options;
    const connection = this.#accepting;
    const guard = new SessionGuard(session, limits, clock, (because) => onAbuse(because, connection));
    this.#guards.set(session, guard);
    if (connection !== undefined) this.#connections.set(session, connection);
    session.once("close", () => this.#guards.delete(session));
    if (connection?.expiresAt !== undefined) this.#retireAt(session, connection.expiresAt);
    session.on("error", (error) => {
      if (guard.isDone && isGoodbye(error)) return;
      onAbuse(`the HTTP/2 session failed: ${error.message}`, connection);
    });
  }

  /** A client that has a new certificate by then comes anew with it, as it does not while this connection lives. */
  #retireAt(session: ServerHttp2Session, at: number): void {
    const { clock } = this.#options;
    const cancel = clock.after(at - clock.now(), () => session.close());
    session.once("close", cancel);
  }

  #scheduleSweep(): () => void {
    return this.#options.clock.after(this.#options.limits.uploadTimeoutMs, () => {
      for (const guard of this.#guards.values()) guard.sweep();
      this.#cancelSweep = this.#scheduleSweep();
    });
  }
}

/** The last GOAWAY of Go's gRPC names a stream of its own, which nghttp2 takes for a breach; others reset without one. */
function isGoodbye(error: NodeJS.ErrnoException): boolean {
  return error.errno === NGHTTP2_ERR_PROTO || error.code === "ECONNRESET";
}

/** HTTP/2 itself keeps the limit only with clients that have acknowledged it. */
function lengthOf(rawHeaders: readonly string[]): number {
  let length = 0;
  for (const text of rawHeaders) length += text.length;
  return length;
}

function calm(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
}

const NGHTTP2_ERR_PROTO = -505;

const channelOptions = (limits: GrpcServerLimits) => ({
  "grpc.max_receive_message_length": limits.maxMessageBytes,
  "grpc.max_concurrent_streams": limits.maxConcurrentStreams,
  "grpc.keepalive_time_ms": limits.keepaliveMs,
  "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
  "grpc.enable_channelz": 0,
  ...(limits.idleTimeoutMs === undefined ? {} : { "grpc.max_connection_idle_ms": limits.idleTimeoutMs }),
});

const http2Options = (limits: GrpcServerLimits) => ({
  settings: {
    maxConcurrentStreams: limits.maxConcurrentStreams,
    maxHeaderListSize: limits.maxHeaderListBytes,
  },
  maxSessionRejectedStreams: limits.maxRejectedStreams,
  maxSessionInvalidFrames: limits.maxInvalidFrames,
  streamResetBurst: limits.resetBurst,
  streamResetRate: limits.resetPerSecond,
});
