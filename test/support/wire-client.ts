import { setTimeout as wait } from "node:timers/promises";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import type { PemFiles } from "./pem-files.ts";
import type { WireSchema } from "./wire-schema.ts";

const CALL_MS = 10_000;

export interface WireClientOptions {
  readonly schema: WireSchema;
  /** `host:port`; the certificate of the server must be valid for this host unless `serverName` is given. */
  readonly address: string;
  readonly credentials: PemFiles;
  readonly serverName?: string;
  /** Sent as the `version` header; none where it is left out, as clients of 2020 do. */
  readonly version?: string;
}

/** A stream of the server, read one message at a time. */
export interface WireStream {
  /** The next message; undefined at the end. Throws after `withinMs` without any. */
  next(withinMs?: number): Promise<JsonObject | undefined>;
  cancel(): void;
}

/** A gRPC client that knows nothing but facts: messages are JSON objects with the names of the facts. */
export class WireClient {
  readonly #client: Client;
  readonly #schema: WireSchema;
  readonly #metadata: Metadata;

  constructor({ schema, address, credentials: pem, serverName, version }: WireClientOptions) {
    const options: ChannelOptions =
      serverName === undefined ? {} : { "grpc.ssl_target_name_override": serverName };
    const channel = credentials.createSsl(pem.cas, pem.key, pem.crt);
    this.#client = new Client(address, channel, { ...options, "grpc.use_local_subchannel_pool": 1 });
    this.#schema = schema;
    this.#metadata = new Metadata();
    if (version !== undefined) this.#metadata.set("version", version);
  }

  /** The answer to one call. Rejects with the `ServiceError` of gRPC. */
  call(path: string, request: JsonObject = {}): Promise<JsonObject> {
    const { input, output } = this.#schema.method(path);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        (json: JsonObject) => this.#schema.encodeLikeGo(input, json),
        (bytes) => this.#schema.decode(output, bytes),
        request,
        this.#metadata,
        { deadline: Date.now() + CALL_MS },
        (error, answer) => (error === null ? resolve(answer as JsonObject) : reject(error)),
      );
    });
  }

  stream(path: string, request: JsonObject = {}): WireStream {
    const { input, output } = this.#schema.method(path);
    const stream = this.#client.makeServerStreamRequest(
      path,
      (json: JsonObject) => this.#schema.encodeLikeGo(input, json),
      (bytes) => this.#schema.decode(output, bytes),
      request,
      this.#metadata,
    );
    return readStream(path, stream);
  }

  /** All that a stream with an end gives. */
  async collect(path: string, request: JsonObject = {}): Promise<JsonObject[]> {
    const stream = this.stream(path, request);
    const all: JsonObject[] = [];
    for (let item = await stream.next(); item !== undefined; item = await stream.next()) all.push(item);
    return all;
  }

  /** A stream in both directions that stays open on this side: how the server ends it, after these bytes. */
  endOfExchange(path: string, sent: Uint8Array): Promise<StatusObject> {
    const bytes = (message: Uint8Array) => Buffer.from(message);
    const stream = this.#client.makeBidiStreamRequest(path, bytes, (answer) => answer, this.#metadata, {
      deadline: Date.now() + CALL_MS,
    });
    return new Promise((resolve) => {
      stream.on("error", () => undefined);
      stream.on("status", resolve);
      stream.resume();
      stream.write(sent);
    });
  }

  close(): void {
    this.#client.close();
  }
}

function readStream(path: string, stream: ClientReadableStream<JsonObject>): WireStream {
  const items = stream[Symbol.asyncIterator]() as AsyncIterator<JsonObject, undefined>;
  return {
    async next(withinMs = CALL_MS) {
      const waiting = new AbortController();
      const late = wait(withinMs, undefined, { signal: waiting.signal }).then(
        () => Promise.reject(new Error(`${path}: nothing came within ${withinMs} ms`)),
        () => undefined,
      );
      try {
        const result = await Promise.race([items.next(), late]);
        return result?.done === true ? undefined : result?.value;
      } finally {
        waiting.abort();
      }
    },
    cancel: () => stream.cancel(),
  };
}

/** For `assert.rejects`: an answer of gRPC with this status. */
export function hasStatus(name: keyof typeof status): (error: unknown) => boolean {
  return (error) => (error as ServiceError).code === status[name];
}
