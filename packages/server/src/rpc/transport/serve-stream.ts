import type { ServerDuplexStream, ServerWritableStream, StatusObject } from "@grpc/grpc-js";
import { grpcCodes } from "@sallyport/api";
import { GrpcCall, type GrpcMethod, toStatusError, viewAsBuffer } from "./grpc-call.ts";
import { resetStreamOf } from "./http2-internals.ts";
import { type Connection, StatusError, type StreamRunner } from "./seam.ts";
import type { FindOrigin } from "./serve-unary.ts";

type ServerStream = ServerWritableStream<Buffer, Buffer>;
type GrpcStream = ServerStream | ServerDuplexStream<Buffer, Buffer>;

/** A client that takes nothing would never take the status either; after so long its stream is reset. */
const FLUSH_MS = 5_000;

/** How long a client may leave what was written to it. */
const DRAIN_MS = 30_000;

/** `live` holds the streams that are open, so that a stop can end them. */
export function serveStream(
  method: GrpcMethod,
  run: StreamRunner,
  findOrigin: FindOrigin,
  live: Set<GrpcCall>,
) {
  return (call: ServerStream): void => {
    const origin = findOrigin(call);
    if (origin === undefined) return;
    const stream = new StreamCall(method, call, origin.connection, live);
    void stream.pump(run(call.request, stream));
  };
}

/** A call with any number of answers. */
export class StreamCall<C extends GrpcStream = GrpcStream> extends GrpcCall<C> {
  readonly #live: Set<GrpcCall>;
  #wake: () => void = () => {};
  #cancelReset: () => void = () => {};
  #sentHeaders = false;

  constructor(method: GrpcMethod, call: C, connection: Connection, live: Set<GrpcCall>) {
    super(method, call, connection);
    this.#live = live;
    live.add(this);
    call.on("drain", () => this.#wake());
  }

  async pump(answers: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of answers) {
        if (!this.isOpen) return;
        this.#sendHeaders();
        if (!this.call.write(viewAsBuffer(bytes))) await this.#drained();
      }
      if (!this.settle()) return;
      this.#sendHeaders();
      this.call.end();
    } catch (error) {
      this.end(toStatusError(error));
    }
  }

  protected override sendStatus(status: StatusObject): void {
    this.#sendHeaders();
    this.#cancelReset = this.method.clock.after(FLUSH_MS, () => {
      if (!resetStreamOf(this.call)) this.connection.close();
    });
    this.call.emit("error", status);
    this.#wake();
  }

  protected override onOver(): void {
    this.#live.delete(this);
    this.#cancelReset();
    this.#wake();
  }

  #sendHeaders(): void {
    if (!this.#sentHeaders) this.call.sendMetadata(this.method.headers);
    this.#sentHeaders = true;
  }

  /** Resolves when the client has taken what was written; a client that does not is told that it is too slow. */
  #drained(): Promise<void> {
    const cancel = this.method.clock.after(DRAIN_MS, () =>
      this.end(new StatusError(grpcCodes.unavailable, "the reader is too slow; connect and list again")),
    );
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).finally(cancel);
  }
}
