import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { grpcCodes } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import { canonicalIp } from "../ip-address.ts";
import { ConnectionBudget, type ConnectionPlace } from "./connection-budget.ts";
import { decideAddress } from "./decide-address.ts";
import { describeListenError } from "./describe-listen-error.ts";
import { GrpcServer, type GrpcServerLimits } from "./grpc-server.ts";
import { type HttpHandler, HttpServer } from "./http-server.ts";
import { defaultLimits, type TransportLimits } from "./limits.ts";
import type { ProxyAddress, ProxyMode } from "./proxy-header.ts";
import { readProxyHeader } from "./read-proxy-header.ts";
import { type Connection, type MethodRunner, StatusError } from "./seam.ts";
import { TlsFront, type TlsMaterial } from "./tls-front.ts";
import { decidePeer, type VerifyPeer } from "./verify-peer.ts";

export interface TransportOptions {
  readonly tls: TlsMaterial;
  readonly tlsForName?: (serverName: string) => TlsMaterial | undefined;
  readonly verifyPeer: VerifyPeer;
  readonly proxyMode: ProxyMode;
  readonly apiVersion: string;
  readonly clock: Clock;
  readonly limits?: Partial<TransportLimits>;
  readonly serveHttp: HttpHandler;
  /** A connection that was refused or cut, for counting; never one line of log each. */
  readonly onRefused: (because: string, remoteIp: string) => void;
}

/** The one listener of the auth port: TCP, PROXY header, TLS, verification of the peer, then gRPC or HTTP/1.1. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #limits: TransportLimits;
  readonly #listener: Server;
  readonly #tls: TlsFront;
  readonly #grpc: GrpcServer;
  readonly #anonymousGrpc: GrpcServer;
  readonly #http: HttpServer;
  readonly #budget: ConnectionBudget;
  readonly #sockets = new Set<Socket>();
  #lastId = 0;
  #isStopping = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.#limits = limits;
    this.#tls = new TlsFront({
      material: options.tls,
      materialForName: options.tlsForName,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      clock: options.clock,
    });
    this.#budget = new ConnectionBudget(limits);
    this.#grpc = this.#createGrpc({ ...limits, idleTimeoutMs: undefined });
    this.#anonymousGrpc = this.#createGrpc({ ...limits, ...limits.anonymous });
    this.#http = new HttpServer(options.serveHttp, limits);
    this.#listener = createServer({ noDelay: true }, (socket) => void this.#accept(socket));
  }

  /** Before `listen`: methods that are not served are answered Unimplemented. */
  serve(methods: readonly MethodRunner[]): void {
    this.#grpc.serve(methods);
    this.#anonymousGrpc.serve(methods);
  }

  /** Resolves with the port, which matters where 0 was asked for. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const refuse = (error: Error) => reject(describeListenError(error, { host, port }));
      this.#listener.once("error", refuse);
      this.#listener.listen({ port, host, backlog: 1024 }, () => {
        this.#listener.off("error", refuse);
        this.#listener.on("error", (error) => this.#options.onRefused(error.message, ""));
        const address = this.#listener.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** The certificate and CAs of the next handshakes, after a rotation. */
  setTls(material: TlsMaterial): void {
    this.#tls.setMaterial(material);
  }

  /** Tells the gRPC clients of some connections to connect anew; calls that run on them are answered first. */
  retire(isStale: (connection: Connection) => boolean): void {
    this.#grpc.retire(isStale);
  }

  /** Open connections now, and how many of them have proved nothing. */
  get load(): { readonly connections: number; readonly unverified: number } {
    return { connections: this.#budget.open, unverified: this.#budget.unverified };
  }

  /** Stops accepting, ends streams as Unavailable, lets unary calls finish for up to `graceMs`, then closes. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#listener.close();
    this.#http.closeIdle();
    const status = new StatusError(grpcCodes.unavailable, "the service is stopping");
    await Promise.all([this.#grpc.stop(graceMs, status), this.#anonymousGrpc.stop(graceMs, status)]);
    this.#http.cut();
    for (const socket of this.#sockets) socket.destroy();
  }

  #createGrpc(limits: GrpcServerLimits): GrpcServer {
    const { apiVersion, clock, onRefused } = this.#options;
    return new GrpcServer({
      apiVersion,
      clock,
      limits,
      onAbuse: (because, connection) => onRefused(because, connection?.remoteIp ?? ""),
    });
  }

  async #accept(raw: Socket): Promise<void> {
    // A reset by the client surfaces here as well as where the bytes are awaited.
    raw.on("error", () => {});
    const remote = { ip: canonicalIp(raw.remoteAddress ?? ""), port: raw.remotePort ?? 0 };
    const admission = this.#budget.admit(this.#options.proxyMode === "on" ? undefined : remote.ip);
    if (!admission.ok) return this.#refuse(raw, admission.because, remote.ip);
    this.#sockets.add(raw);
    raw.once("close", () => {
      this.#sockets.delete(raw);
      admission.place.release();
    });
    try {
      await this.#secure(raw, remote, admission.place);
    } catch (error) {
      this.#refuse(raw, error instanceof Error ? error.message : String(error), remote.ip);
    }
  }

  async #secure(raw: Socket, remote: ProxyAddress, place: ConnectionPlace): Promise<void> {
    const address = await this.#findAddress(raw, remote);
    const socket = await this.#tls.secure(raw);
    const serverName = typeof socket.servername === "string" ? socket.servername : undefined;
    const info = { serverName, ...describeAddress(address) };
    const verdict = await decidePeer(this.#options.verifyPeer, socket, info);
    if (!verdict.ok) throw new Error(verdict.because);
    if (this.#isStopping) throw new Error("the service is stopping");
    if (socket.destroyed) return;
    if (verdict.peer !== undefined) place.verified();
    this.#route(socket, {
      id: ++this.#lastId,
      protocol: socket.alpnProtocol === "h2" ? "h2" : "http/1.1",
      peer: verdict.peer,
      expiresAt: verdict.expiresAt,
      ...info,
      close: () => socket.destroy(),
    });
  }

  async #findAddress(raw: Socket, remote: ProxyAddress): Promise<ProxyAddress> {
    const { clock, proxyMode } = this.#options;
    const cancel = clock.after(this.#limits.headerTimeoutMs, () => raw.destroy());
    const header = await readProxyHeader(raw);
    cancel();
    if (header === undefined) throw new Error("the client left or was silent before the TLS handshake");
    if (header.kind === "refused") throw new Error(header.because);
    const decision = decideAddress(proxyMode, header, {
      remote,
      localIp: canonicalIp(raw.localAddress ?? ""),
    });
    if (!decision.ok) throw new Error(decision.because);
    return decision.address;
  }

  #route(socket: TLSSocket, connection: Connection): void {
    if (connection.protocol === "http/1.1") this.#http.accept(socket, connection);
    else if (connection.peer === undefined) this.#anonymousGrpc.accept(socket, connection);
    else this.#grpc.accept(socket, connection);
  }

  #refuse(raw: Socket, because: string, remoteIp: string): void {
    raw.destroy();
    this.#options.onRefused(because, remoteIp);
  }
}

function describeAddress({ ip, port }: ProxyAddress) {
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return { remoteAddress: `${host}:${port}`, remoteIp: ip, remotePort: port };
}
