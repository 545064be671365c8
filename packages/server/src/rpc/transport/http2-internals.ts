import type { Http2Server, ServerHttp2Stream, ServerOptions } from "node:http2";
import { constants } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/**
 * grpc-js does not pass on the limits that node:http2 has, nor the HTTP/2 server that it makes. This file is the
 * one place that reaches for them; the version of grpc-js is pinned, and what is missing is said at start.
 */
interface Internals {
  readonly commonServerOptions: ServerOptions;
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>;
}

export function setHttp2Options(server: Server, options: ServerOptions): void {
  const { commonServerOptions } = server as unknown as Partial<Internals>;
  if (commonServerOptions === undefined) throw changed("commonServerOptions");
  Object.assign(commonServerOptions, options);
}

/** The one HTTP/2 server behind a connection injector that was just made. */
export function http2ServerOf(server: Server): Http2Server {
  const { http2Servers } = server as unknown as Partial<Internals>;
  const http2Server = http2Servers?.keys().next().value;
  if (http2Server === undefined) throw changed("http2Servers");
  return http2Server;
}

/** Resets the HTTP/2 stream of a call; false where it could not be found. */
export function resetStreamOf(call: object): boolean {
  const stream = streamOf(call);
  stream?.close(constants.NGHTTP2_CANCEL);
  return stream !== undefined;
}

/** The HTTP/2 stream of a grpc-js call. */
export const streamOf = (call: object): ServerHttp2Stream | undefined =>
  (call as { readonly call?: { readonly stream?: ServerHttp2Stream } }).call?.stream;

const changed = (what: string): Error =>
  new Error(`this version of @grpc/grpc-js has no ${what}: the HTTP/2 limits cannot be set`);
