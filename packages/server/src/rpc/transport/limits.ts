/** What one client, and all together, may cost. Every number has a default that `start-auth` can override. */
export interface TransportLimits {
  /** Open connections, of whatever kind. */
  readonly maxConnections: number;
  /** Connections that are still in their handshake or have shown no certificate, all addresses together. */
  readonly maxUnverifiedConnections: number;
  /** The same for one address. */
  readonly maxUnverifiedConnectionsPerIp: number;
  /** From accept to the first byte of TLS. */
  readonly headerTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Size of one request message. */
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  /** Request bytes that one connection may have on their way, above some sixteen calls. */
  readonly maxPendingBytes: number;
  /** Unary calls of one connection that run at a time; more wait their turn. */
  readonly maxRunningCalls: number;
  /** The same three for a connection without a certificate. */
  readonly anonymous: {
    readonly maxMessageBytes: number;
    readonly maxConcurrentStreams: number;
    readonly maxPendingBytes: number;
    /** After so long without a call, the connection is told to go. */
    readonly idleTimeoutMs: number;
  };
  /** From a call's headers to the end of its request, at least; at most twice as long. */
  readonly uploadTimeoutMs: number;
  readonly maxHeaderListBytes: number;
  /** Streams a client may reset: so many at once, then so many a second (Rapid Reset, CVE-2023-44487). */
  readonly resetBurst: number;
  readonly resetPerSecond: number;
  /** PING and SETTINGS frames of a client: so many at once, then so many a second. */
  readonly controlBurst: number;
  readonly controlPerSecond: number;
  readonly maxRejectedStreams: number;
  readonly maxInvalidFrames: number;
  /** How often the server asks a silent client whether it is there, and how long it waits for the answer. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** HTTP/1.1 only: body of a request, and how long it may take with its headers. */
  readonly http: {
    readonly maxBodyBytes: number;
    readonly headersTimeoutMs: number;
    readonly requestTimeoutMs: number;
    readonly keepAliveTimeoutMs: number;
    readonly maxRequestsPerConnection: number;
  };
}

export const defaultLimits: TransportLimits = {
  maxConnections: 15_000,
  maxUnverifiedConnections: 1_000,
  maxUnverifiedConnectionsPerIp: 250,
  headerTimeoutMs: 10_000,
  handshakeTimeoutMs: 15_000,
  maxMessageBytes: 4 * 1024 * 1024,
  maxConcurrentStreams: 1_000,
  maxPendingBytes: 32 * 1024 * 1024,
  maxRunningCalls: 256,
  anonymous: {
    maxMessageBytes: 128 * 1024,
    maxConcurrentStreams: 32,
    maxPendingBytes: 512 * 1024,
    idleTimeoutMs: 120_000,
  },
  uploadTimeoutMs: 30_000,
  maxHeaderListBytes: 32 * 1024,
  resetBurst: 1_000,
  resetPerSecond: 100,
  // A grpc-go client that receives much sends a PING per round trip to size its window; on loopback that is often.
  controlBurst: 20_000,
  controlPerSecond: 2_000,
  maxRejectedStreams: 100,
  maxInvalidFrames: 100,
  keepaliveMs: 120_000,
  keepaliveTimeoutMs: 60_000,
  http: {
    maxBodyBytes: 1024 * 1024,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    keepAliveTimeoutMs: 30_000,
    maxRequestsPerConnection: 1_000,
  },
};
