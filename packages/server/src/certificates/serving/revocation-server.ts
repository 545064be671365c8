import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import { networkOf, TokenBucket } from "../../rpc/index.ts";
import type { RevocationLists } from "../lists/revocation-lists.ts";
import type { SearchDeps } from "../search-certificates.ts";
import { type Answer, refusal } from "./answer.ts";
import { defaultServingLimits, type ServingLimits } from "./limits.ts";
import { OcspCache } from "./ocsp-cache.ts";
import { readBody } from "./read-body.ts";
import { type RouteDeps, route } from "./routes.ts";

interface RevocationServerDeps extends SearchDeps {
  readonly lists: RevocationLists;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<ServingLimits> | undefined;
}

export interface RevocationServer {
  /** The port that it listens on. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves the revocation lists and OCSP by plain HTTP: everything in the answers is signed, and whoever verifies a
 * certificate cannot be asked to verify another one for it first.
 */
export async function startRevocationServer(
  deps: RevocationServerDeps,
  listen: { readonly host: string; readonly port: number },
): Promise<RevocationServer> {
  const limits = { ...defaultServingLimits, ...deps.limits };
  const { lists, clock } = deps;
  const bucket = new TokenBucket(limits.signBurst, limits.signPerSecond, clock.now());
  const ocsp = new OcspCache(
    { ...deps, authorities: lists.authorities },
    { bucket, maxKept: limits.maxKeptAnswers },
  );
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => serve({ lists, ocsp, limits }, deps, limits, request, response),
  );
  server.maxConnections = limits.maxConnections;
  server.maxRequestsPerSocket = limits.maxRequestsPerConnection;
  server.timeout = limits.idleTimeoutMs;
  limitPerIp(server, limits.maxConnectionsPerIp);
  await listening(server, listen);
  return { port: (server.address() as AddressInfo).port, stop: () => stopped(server) };
}

function serve(
  routes: RouteDeps,
  { clock, logger }: RevocationServerDeps,
  { maxBodyBytes }: ServingLimits,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const asked = {
    method: request.method ?? "",
    path: (request.url ?? "").split("?", 1)[0] ?? "",
    body: () => readBody(request, maxBodyBytes),
  };
  // Whoever goes away in the midst of an answer has nobody left to be told.
  response.on("error", () => response.destroy());
  request.on("error", () => response.destroy());
  route(routes, asked, clock.now()).then(
    (answer) => send(request, response, answer),
    (error: unknown) => {
      if (request.destroyed && !request.complete) return;
      logger.error("a revocation list could not be served", { path: asked.path.slice(0, 100), error });
      send(request, response, refusal(500));
    },
  );
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, type, maxAgeSeconds, etag, modifiedAt } = answer;
  const body = Buffer.from(answer.body);
  const common = {
    "cache-control": maxAgeSeconds === undefined ? "no-store" : `public, max-age=${maxAgeSeconds}`,
    "x-content-type-options": "nosniff",
    ...(etag === undefined ? {} : { etag }),
    ...(modifiedAt === undefined ? {} : { "last-modified": new Date(modifiedAt).toUTCString() }),
    ...answer.headers,
    // A body that nobody read would be taken for the next request.
    ...(request.complete ? {} : { connection: "close" }),
  };
  if (etag !== undefined && hasTag(request.headers["if-none-match"], etag)) {
    response.writeHead(304, common).end();
    return;
  }
  response.writeHead(status, { "content-type": type, "content-length": body.length, ...common });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** If-None-Match is a list, and compares weakly (RFC 9110 section 13.1.2). */
function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** One address takes only a part of the connections that there are (threat 9). */
function limitPerIp(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const ip = networkOf(socket.remoteAddress ?? "");
    const count = (open.get(ip) ?? 0) + 1;
    open.set(ip, count);
    socket.once("close", () => {
      const left = (open.get(ip) ?? 1) - 1;
      if (left === 0) open.delete(ip);
      else open.set(ip, left);
    });
    if (count > most) socket.destroy();
  });
}

function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }) {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function stopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
