import type { IncomingMessage, ServerResponse } from "node:http";
import { grpcCodes } from "@sallyport/api";
import { type Connection, StatusError, type TransportCall } from "../transport/index.ts";

/** An HTTP/1.1 request as the seam knows a call, so that the same pipeline serves it. */
export class HttpCall implements TransportCall {
  readonly path: string;
  readonly connection: Connection;
  readonly deadlineAt = undefined;
  readonly #request: IncomingMessage;
  readonly #abort = new AbortController();

  constructor(path: string, request: IncomingMessage, response: ServerResponse, connection: Connection) {
    this.path = path;
    this.connection = connection;
    this.#request = request;
    response.once("close", () => {
      if (!response.writableFinished) {
        this.#abort.abort(new StatusError(grpcCodes.cancelled, "the client went away"));
      }
    });
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  end(status: StatusError): void {
    this.#abort.abort(status);
    this.connection.close();
  }
}
