import { request as httpsRequest, type RequestOptions } from "node:https";
import type { CallOptions } from "../client/rpc-caller.ts";
import { AppError, isAppError, type Reason } from "../errors/index.ts";
import type { Address } from "./address.ts";
import type { ConnectionSettings } from "./grpc-connection.ts";

/** One call of the JSON API, which the auth port serves over HTTP/1.1. */
export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** For example `/v2/authservers`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

const maxAnswerBytes = 4 * 1024 * 1024;
const defaultTimeoutMs = 30_000;

const reasonOfStatus: Readonly<Record<number, Reason>> = {
  400: "BAD_PARAMETER",
  403: "ACCESS_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  412: "COMPARE_FAILED",
  429: "LIMIT_EXCEEDED",
  501: "NOT_IMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};

/** Makes the call on a connection of its own. @returns the parsed answer; undefined for an empty one. */
export async function callJson(
  address: Address,
  settings: ConnectionSettings,
  call: HttpCall,
  options: CallOptions = {},
): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs || defaultTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const { status, text } = await exchange(requestOptions(address, settings, call, signal), call.body);
    if (status >= 200 && status < 300) return text === "" ? undefined : JSON.parse(text);
    throw new AppError(reasonOfStatus[status] ?? "INTERNAL", messageIn(text) ?? `HTTP status ${status}`);
  } catch (error) {
    if (isAppError(error)) throw error;
    if (options.signal?.aborted) throw new AppError("CANCELLED", undefined, { cause: error });
    if (timeout.aborted) throw new AppError("DEADLINE_EXCEEDED", undefined, { cause: error });
    const words = error instanceof SyntaxError ? "the answer is not JSON" : String(error);
    throw new AppError("UNAVAILABLE", `${call.method} ${call.path}: ${words}`, { cause: error });
  }
}

function requestOptions(
  { host, port }: Address,
  { material, serverName }: ConnectionSettings,
  { method, path }: HttpCall,
  signal: AbortSignal,
): RequestOptions {
  return {
    host,
    port,
    method,
    path,
    signal,
    agent: false,
    cert: material.cert,
    key: material.key,
    ca: material.ca,
    ...(serverName === null ? {} : { servername: serverName }),
  };
}

function exchange(options: RequestOptions, body: unknown): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes)
          response.destroy(new AppError("LIMIT_EXCEEDED", "the answer is larger than 4 MiB"));
        else chunks.push(chunk);
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.on("error", reject);
    if (body === undefined) return request.end();
    const text = JSON.stringify(body);
    request.setHeader("content-type", "application/json");
    request.setHeader("content-length", Buffer.byteLength(text));
    request.end(text);
  });
}

/** Errors come as `{"error":{"message":…}}`. */
function messageIn(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    return typeof message === "string" && message !== "" ? message : undefined;
  } catch {
    return undefined;
  }
}
