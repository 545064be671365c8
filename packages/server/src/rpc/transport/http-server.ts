import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { TransportLimits } from "./limits.ts";
import type { Connection } from "./seam.ts";

export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
) => void;

/** HTTP/1.1 on the same port, for clients that negotiate it or negotiate nothing. */
export class HttpServer {
  readonly #server: Server;
  readonly #connections = new WeakMap<object, Connection>();

  constructor(handler: HttpHandler, limits: Pick<TransportLimits, "http" | "maxHeaderListBytes">) {
    this.#server = createServer(
      {
        maxHeaderSize: limits.maxHeaderListBytes,
        headersTimeout: limits.http.headersTimeoutMs,
        requestTimeout: limits.http.requestTimeoutMs,
        keepAliveTimeout: limits.http.keepAliveTimeoutMs,
        connectionsCheckingInterval: 2_000,
      },
      (request, response) => {
        request.socket.setTimeout(0);
        const connection = this.#connections.get(request.socket);
        if (connection === undefined) request.socket.destroy();
        else handler(request, response, connection);
      },
    );
    this.#server.maxRequestsPerSocket = limits.http.maxRequestsPerConnection;
    this.#server.maxHeadersCount = 100;
    // The server never listens by itself, and it is this event that starts its watch over slow requests.
    this.#server.emit("listening");
  }

  accept(socket: TLSSocket, connection: Connection): void {
    this.#connections.set(socket, connection);
    this.#server.emit("connection", socket);
    // A client that says nothing at all is not yet a slow request.
    socket.setTimeout(this.#server.headersTimeout, () => socket.destroy());
  }

  /** Idle connections end now, the others with their answer; `cut` ends what is left. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
    this.#server.maxRequestsPerSocket = 1;
  }

  cut(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
