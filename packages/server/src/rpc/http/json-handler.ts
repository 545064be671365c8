import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, type GrpcCode } from "@sallyport/api";
import type { Pipeline } from "../pipeline/index.ts";
import type { Connection, HttpHandler } from "../transport/index.ts";
import { HttpCall } from "./http-call.ts";
import { readJsonBody } from "./read-body.ts";
import { type JsonRequest, type JsonRoute, matchRoute, type RouteMatch } from "./route.ts";

/** The statuses by which clients tell errors apart; what is not here is a 500. */
const statuses: Readonly<Partial<Record<GrpcCode, number>>> = {
  not_found: 404,
  invalid_argument: 400,
  unimplemented: 501,
  failed_precondition: 412,
  permission_denied: 403,
  unauthenticated: 403,
  already_exists: 409,
  resource_exhausted: 429,
  unavailable: 504,
};

export interface JsonHandlerOptions {
  readonly pipeline: Pipeline;
  readonly maxBodyBytes: number;
  /** The same for whoever has shown no certificate. */
  readonly maxAnonymousBodyBytes: number;
}

/** The JSON API of the auth port: the routes, behind the same pipeline as gRPC. */
export function createJsonHandler(routes: readonly JsonRoute[], options: JsonHandlerOptions): HttpHandler {
  return (request, response, connection) => {
    // Whatever fails while an answer is written has nobody left to be told.
    response.on("error", () => connection.close());
    answer(routes, options, request, response, connection).catch((error: unknown) =>
      refuse(request, response, error instanceof AppError ? error : new AppError("INTERNAL")),
    );
  };
}

async function answer(
  routes: readonly JsonRoute[],
  { pipeline, maxBodyBytes, maxAnonymousBodyBytes }: JsonHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
): Promise<void> {
  const url = URL.parse(request.url ?? "", "http://auth");
  const match = url && matchRoute(routes, request.method ?? "", url.pathname);
  if (!url || !match) throw new AppError("NOT_FOUND", "there is no such route");
  const name = `${match.route.method} ${match.route.pattern}`;
  const call = new HttpCall(name, request, response, connection);
  const target = { name, access: match.route.access, decode: () => undefined };
  const maxBytes = connection.peer === undefined ? maxAnonymousBodyBytes : maxBodyBytes;
  const body = () => readJsonBody(request, maxBytes);
  const reply = await pipeline.json(target, call, (context) =>
    match.route.handle(jsonRequest(match, url.searchParams, body), context),
  );
  send(request, response, 200, reply ?? { message: "ok" });
}

const jsonRequest = (
  { params }: RouteMatch,
  query: URLSearchParams,
  body: JsonRequest["body"],
): JsonRequest => ({
  params,
  query,
  body,
});

function refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void {
  const { message } = error;
  send(request, response, statuses[error.code] ?? 500, { error: { message }, message });
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // A body that nobody read would be taken for the next request.
    ...(request.complete ? {} : { connection: "close" }),
  });
  response.end(text);
}
