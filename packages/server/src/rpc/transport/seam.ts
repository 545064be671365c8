/**
 * What lies between a transport and everything above it: bytes, metadata, deadline and cancel. A transport is any
 * code that calls `MethodRunner`s; nothing above it knows which one it is.
 */

/** One verified connection; the same object for every call that arrives on it. */
export interface Connection {
  readonly id: number;
  readonly protocol: "h2" | "http/1.1";
  /** What `verifyPeer` found out about the client certificate; undefined where none was presented. */
  readonly peer: unknown;
  /** When what the certificate proved ends, and the connection with it. */
  readonly expiresAt?: number | undefined;
  /** Address of the client, `ip:port` (`[ip]:port` for IPv6). */
  readonly remoteAddress: string;
  readonly remoteIp: string;
  /** 0 where the address comes from a PROXY header that nobody asked for: such an address proves nothing. */
  readonly remotePort: number;
  /** Name the client asked for in the TLS handshake. */
  readonly serverName: string | undefined;
  /** Ends the connection at once, with every call on it. */
  close(): void;
}

/** How a call ended when it did not end well; the only error a transport understands. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** Number of the gRPC specification, never 0. */
  readonly code: number;
  /** Printable ASCII only. */
  readonly trailers: Readonly<Record<string, string>>;

  constructor(code: number, message: string, trailers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.trailers = trailers;
  }
}

export interface TransportCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly connection: Connection;
  readonly remoteAddress: string;
  /** Milliseconds since 1970; undefined = no deadline. */
  readonly deadlineAt: number | undefined;
  /** Aborted when the client goes away, the deadline passes or `end` is called. Costs something on first read. */
  readonly signal: AbortSignal;
  /** First value of a request header, lower-case name. */
  header(name: string): string | undefined;
  /** Answers with this status now, whatever the method is doing, and aborts the signal. */
  end(status: StatusError): void;
}

export type UnaryRunner = (request: Uint8Array, call: TransportCall) => Promise<Uint8Array>;

/** The transport asks for the next message only when the client has taken the ones before. */
export type StreamRunner = (request: Uint8Array, call: TransportCall) => AsyncIterable<Uint8Array>;

/** Both sides send. What the client says is small and comes soon, or the transport ends the call. */
export type ExchangeRunner = (
  requests: AsyncIterable<Uint8Array>,
  call: TransportCall,
) => AsyncIterable<Uint8Array>;

export type MethodRunner =
  | { readonly path: string; readonly kind: "unary"; readonly run: UnaryRunner }
  | { readonly path: string; readonly kind: "server_streaming"; readonly run: StreamRunner }
  | { readonly path: string; readonly kind: "bidi_streaming"; readonly run: ExchangeRunner };
