// The listener of the auth port. Everything above it sees calls as bytes, metadata, deadline and cancel (seam.ts).
export type { HttpHandler } from "./http-server.ts";
export { defaultLimits, type TransportLimits } from "./limits.ts";
export type { ProxyMode } from "./proxy-header.ts";
export { type Connection, type MethodRunner, StatusError, type TransportCall } from "./seam.ts";
export type { TlsMaterial } from "./tls-front.ts";
export { Transport, type TransportOptions } from "./transport.ts";
export type { HandshakeInfo, PeerVerdict, VerifyPeer } from "./verify-peer.ts";
