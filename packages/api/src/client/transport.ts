/** Metadata of a call: lower-case names, printable values. Several values of one name are joined by ", ". */
export type CallHeaders = Readonly<Record<string, string>>;

/** What a {@link Transport} is told about one call besides its message. */
export interface TransportOptions {
  /** Request metadata. */
  readonly headers: CallHeaders;
  /** Ends the call at once; it then rejects with status 1 (cancelled). */
  readonly signal: AbortSignal | undefined;
  /** How long the call may take, in milliseconds; undefined = no limit. Then it rejects with status 4. */
  readonly timeoutMs: number | undefined;
}

/** The answer to a unary call that ended well. */
export interface TransportReply {
  /** The encoded response message. */
  readonly bytes: Uint8Array;
  readonly headers: CallHeaders;
  readonly trailers: CallHeaders;
}

/**
 * What the client needs to speak to a server: encoded messages in, encoded messages out. `@sallyport/api/node` has one
 * over gRPC; a program for another platform brings its own.
 */
export interface Transport {
  /**
   * One request, one response.
   *
   * @param path - `/package.Service/Method`
   * @throws StatusError for every status but 0, whoever gave it: the server, the network or the deadline.
   */
  unary(path: string, request: Uint8Array, options: TransportOptions): Promise<TransportReply>;
  /**
   * One request, a stream of responses. Nothing is sent before the first message is asked for. Leaving the loop
   * cancels the call. While nobody asks for more, the transport takes no more from the network than it has to.
   *
   * @throws StatusError from the iteration, after the messages that came before.
   */
  serverStream(path: string, request: Uint8Array, options: TransportOptions): AsyncIterable<Uint8Array>;
}

/** How a call ended when it did not end well; what a {@link Transport} throws. Programs see `AppError` instead. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** Number of the gRPC specification, never 0. */
  readonly code: number;
  /** Metadata that the server sent with the status. */
  readonly trailers: CallHeaders;

  constructor(code: number, message: string, trailers: CallHeaders = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.trailers = trailers;
  }
}
