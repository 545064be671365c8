import type { EventEmitter } from "node:events";
import {
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
} from "@grpc/grpc-js";
import { grpcCodes } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import { type Connection, StatusError, type TransportCall } from "./seam.ts";

export type GrpcServerCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;

/** What every call of a method shares. */
export interface GrpcMethod {
  readonly path: string;
  /** Sent with every answer, a refusal included. */
  readonly headers: Metadata;
  readonly clock: Clock;
}

/** One grpc-js call as the seam knows it. What is rarely asked for is made when it is asked for. */
export abstract class GrpcCall<C extends GrpcServerCall = GrpcServerCall> implements TransportCall {
  readonly connection: Connection;
  protected readonly method: GrpcMethod;
  protected readonly call: C;
  #abort: AbortController | undefined;
  #state: "open" | "answered" | "gone" = "open";

  constructor(method: GrpcMethod, call: C, connection: Connection) {
    this.connection = connection;
    this.method = method;
    this.call = call;
    // grpc-js emits this at the end of every call, a good one included.
    const events: EventEmitter = call;
    events.on("cancelled", () => this.#over());
  }

  protected abstract sendStatus(status: StatusObject): void;

  /** Called once, when the last byte has left or the client has. */
  protected abstract onOver(): void;

  get path(): string {
    return this.method.path;
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress;
  }

  get deadlineAt(): number | undefined {
    const deadline = Number(this.call.getDeadline());
    return Number.isFinite(deadline) ? deadline : undefined;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#state === "gone") this.#abort.abort(this.#goneReason());
    }
    return this.#abort.signal;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  header(name: string): string | undefined {
    const value = this.call.metadata.get(name)[0];
    return typeof value === "string" ? value : value?.toString("base64");
  }

  /** True for the first answer only: a call is answered once, however many ends it has. */
  protected settle(): boolean {
    if (this.#state !== "open") return false;
    this.#state = "answered";
    return true;
  }

  end(status: StatusError): void {
    if (this.settle()) this.sendStatus(statusObject(status));
    this.#abort?.abort(status);
  }

  #over(): void {
    const wasOpen = this.#state === "open";
    this.#state = "gone";
    if (wasOpen) this.#abort?.abort(this.#goneReason());
    this.onOver();
  }

  #goneReason(): StatusError {
    return this.method.clock.now() >= Number(this.call.getDeadline())
      ? new StatusError(grpcCodes.deadline_exceeded, "the deadline of the call has passed")
      : new StatusError(grpcCodes.cancelled, "the client cancelled the call");
  }
}

/** Clients refuse header lists that are too long, and so would never see the status. */
const MAX_MESSAGE_CHARACTERS = 2_000;

function statusObject(error: StatusError): StatusObject {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(error.trailers)) metadata.set(name, value);
  // Half a surrogate pair would make grpc-js throw while it escapes the message.
  const details = error.message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed();
  return { code: error.code, details, metadata };
}

/** Errors that are no `StatusError` are a fault of the layer above; their text stays here. */
export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return new StatusError(grpcCodes.internal, "an internal error occurred");
}

export function viewAsBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
