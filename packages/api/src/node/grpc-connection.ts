import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import {
  type CallHeaders,
  StatusError,
  type TransportOptions,
  type TransportReply,
} from "../client/transport.ts";
import { type Address, formatAddress } from "./address.ts";
import type { CredentialMaterial } from "./credentials.ts";
import { Sockets } from "./sockets.ts";

/** How a connection is made. */
export interface ConnectionSettings {
  readonly material: CredentialMaterial;
  /** The name that the server's certificate must have; null = the dialled host. */
  readonly serverName: string | null;
  readonly keepaliveMs: number;
}

/** The name that every auth service's certificate has, whatever host it runs on. */
export const defaultServerName = "teleport.cluster.local";

const same = (bytes: Buffer): Buffer => bytes;
const keepaliveTimeoutMs = 20_000;
const reconnectMs = { first: 20, max: 5000 };

/** One gRPC channel to one address. It connects again by itself, and calls made meanwhile wait or fail as Unavailable. */
export class GrpcConnection {
  readonly address: Address;
  readonly #client: grpc.Client;
  readonly #calls = new Set<{ cancel(): void }>();
  readonly #sockets = new Sockets();

  constructor(address: Address, settings: ConnectionSettings) {
    this.address = address;
    this.#client = new grpc.Client(
      formatAddress(address),
      this.#sockets.watch(credentialsOf(address, settings)),
      optionsOf(address, settings),
    );
  }

  get channel(): grpc.ChannelInterface {
    return this.#client.getChannel();
  }

  unary(path: string, request: Uint8Array, options: TransportOptions): Promise<TransportReply> {
    return new Promise((resolve, reject) => {
      let bytes: Buffer | undefined;
      let headers: CallHeaders = {};
      const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
        path,
        same,
        same,
        asBuffer(request),
        metadataOf(options.headers),
        callOptionsOf(options),
        (_error, answer) => {
          bytes = answer;
        },
      );
      const release = this.#track(call, options.signal);
      call.on("metadata", (metadata) => {
        headers = headersOf(metadata);
      });
      call.on("status", (status) => {
        release();
        if (status.code !== grpc.status.OK || bytes === undefined) return reject(errorOf(status));
        resolve({ bytes, headers, trailers: headersOf(status.metadata) });
      });
    });
  }

  async *serverStream(
    path: string,
    request: Uint8Array,
    options: TransportOptions,
  ): AsyncGenerator<Uint8Array> {
    const metadata = metadataOf(options.headers);
    const call = this.#client.makeServerStreamRequest<Buffer, Buffer>(
      path,
      same,
      same,
      asBuffer(request),
      metadata,
      callOptionsOf(options),
    );
    const release = this.#track(call, options.signal);
    // A status may come when nobody reads any more; without a listener it would end the process.
    call.on("error", () => {});
    try {
      yield* call;
    } catch (error) {
      throw isStatus(error) ? errorOf(error) : error;
    } finally {
      release();
      call.cancel();
    }
  }

  /** Lets calls that are under way finish, takes no new ones, then disconnects. */
  retire(): void {
    this.#client.close();
  }

  /** Cancels calls that are under way and disconnects. */
  close(): void {
    for (const call of this.#calls) call.cancel();
    this.#client.close();
    this.#sockets.close();
  }

  #track(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
    const cancel = () => call.cancel();
    this.#calls.add(call);
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    return () => {
      this.#calls.delete(call);
      signal?.removeEventListener("abort", cancel);
    };
  }
}

function credentialsOf(
  address: Address,
  { material, serverName }: ConnectionSettings,
): grpc.ChannelCredentials {
  const verify = serverName === null ? { checkServerIdentity: checkDialledHost(address) } : {};
  return grpc.credentials.createSsl(
    Buffer.from(material.ca),
    Buffer.from(material.key),
    Buffer.from(material.cert),
    verify,
  );
}

const checkDialledHost =
  ({ host }: Address) =>
  (_name: string, certificate: PeerCertificate) =>
    checkServerIdentity(host, certificate);

function optionsOf(address: Address, { serverName, keepaliveMs }: ConnectionSettings): grpc.ClientOptions {
  const isLocal = address.host === "localhost" || address.host === "::1" || address.host.startsWith("127.");
  return {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": reconnectMs.first,
    "grpc.max_reconnect_backoff_ms": reconnectMs.max,
    "grpc.service_config_disable_resolution": 1,
    // An IP address cannot be asked for by name in TLS; the certificate is held against it all the same.
    ...(serverName === null && isIP(address.host) === 0
      ? {}
      : { "grpc.ssl_target_name_override": serverName ?? defaultServerName }),
    ...(isLocal ? { "grpc.enable_http_proxy": 0 } : {}),
  };
}

function callOptionsOf({ timeoutMs }: TransportOptions): grpc.CallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function metadataOf(headers: CallHeaders): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function headersOf(metadata: grpc.Metadata): CallHeaders {
  const text = (value: grpc.MetadataValue) => (typeof value === "string" ? value : value.toString("base64"));
  const names = Object.keys(metadata.getMap());
  return Object.fromEntries(names.map((name) => [name, metadata.get(name).map(text).join(", ")]));
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type Status = Pick<grpc.StatusObject, "code" | "details" | "metadata">;

const isStatus = (error: unknown): error is Status & Error =>
  error instanceof Error && "code" in error && "details" in error && "metadata" in error;

/** What the library says when the server resets a stream, as one does that is killed; its own cancel has other words. */
const resetWords = "Call cancelled";

function errorOf({ code, details, metadata }: Status): StatusError {
  if (code === grpc.status.CANCELLED && details === resetWords) {
    return new StatusError(grpc.status.UNAVAILABLE, "the server broke off the call", headersOf(metadata));
  }
  // The library's own words for a deadline are of its inner workings.
  const words =
    code === grpc.status.DEADLINE_EXCEEDED && details.startsWith("Deadline exceeded") ? "" : details;
  return new StatusError(code || grpc.status.INTERNAL, words, headersOf(metadata));
}
