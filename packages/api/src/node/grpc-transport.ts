import { reasonTrailer } from "../client/errors.ts";
import {
  StatusError,
  type Transport,
  type TransportOptions,
  type TransportReply,
} from "../client/transport.ts";
import { grpcCodes, isAppError } from "../errors/index.ts";
import type { GrpcConnection } from "./grpc-connection.ts";

/** gRPC over connections that are made by `dial`, one at a time. */
export class GrpcTransport implements Transport {
  readonly #dial: () => Promise<GrpcConnection>;
  readonly #redials: boolean;
  readonly #hasExpired: () => boolean;
  #current: Promise<GrpcConnection>;
  #isClosed = false;

  /**
   * @param first - the connection to start with
   * @param redials - whether to dial anew when a call finds the server away, for clusters with several addresses; a
   *   connection to a single address mends itself
   * @param hasExpired - whether the certificate has ended and no other is to be expected, so that a server that is away
   *   is away for good
   */
  constructor(
    first: GrpcConnection,
    dial: () => Promise<GrpcConnection>,
    redials: boolean,
    hasExpired: () => boolean,
  ) {
    this.#current = Promise.resolve(first);
    this.#dial = dial;
    this.#redials = redials;
    this.#hasExpired = hasExpired;
  }

  /** The connection that calls use now. */
  current(): Promise<GrpcConnection> {
    if (this.#isClosed) return Promise.reject(new StatusError(grpcCodes.cancelled, "the client is closed"));
    return this.#current;
  }

  async unary(path: string, request: Uint8Array, options: TransportOptions): Promise<TransportReply> {
    const connection = await this.#ready();
    try {
      return await connection.unary(path, request, options);
    } catch (error) {
      throw this.#failed(connection, error);
    }
  }

  async *serverStream(
    path: string,
    request: Uint8Array,
    options: TransportOptions,
  ): AsyncGenerator<Uint8Array> {
    const connection = await this.#ready();
    try {
      yield* connection.serverStream(path, request, options);
    } catch (error) {
      throw this.#failed(connection, error);
    }
  }

  /** Moves to another connection. Calls that are under way finish on the one before. */
  async replace(next: GrpcConnection): Promise<void> {
    const before = this.#current;
    this.#current = Promise.resolve(next);
    if (this.#isClosed) next.close();
    (await before).retire();
  }

  /** Cancels every call and disconnects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#current.catch(() => undefined);
    connection?.close();
  }

  async #ready(): Promise<GrpcConnection> {
    try {
      return await this.current();
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#redial();
      throw new StatusError(grpcCodes[error.code], error.message, {}, error);
    }
  }

  #failed(connection: GrpcConnection, error: unknown): unknown {
    const isAway = error instanceof StatusError && error.code === grpcCodes.unavailable;
    if (isAway && this.#hasExpired()) return expired(error);
    if (this.#redials && isAway && !this.#isClosed) void this.#replaceBroken(connection);
    return error;
  }

  /** Only once for each connection, however many calls find it broken. */
  async #replaceBroken(connection: GrpcConnection): Promise<void> {
    const now = await this.#current.catch(() => undefined);
    if (now !== connection || this.#isClosed) return;
    connection.retire();
    this.#redial();
  }

  #redial(): void {
    if (this.#isClosed) return;
    this.#current = this.#dial().then((connection) => {
      if (this.#isClosed) connection.close();
      return connection;
    });
    this.#current.catch(() => {
      // Whoever calls next is told.
    });
  }
}

/** A server closes the connections of a certificate that has ended, which alone says nothing of the reason. */
const expired = (error: StatusError) =>
  new StatusError(
    grpcCodes.permission_denied,
    "the client certificate has expired",
    { ...error.trailers, [reasonTrailer]: "CERTIFICATE_EXPIRED" },
    error,
  );
