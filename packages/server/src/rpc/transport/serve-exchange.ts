import type { ServerDuplexStream } from "@grpc/grpc-js";
import { grpcCodes } from "@sallyport/api";
import type { GrpcCall, GrpcMethod } from "./grpc-call.ts";
import { resetStreamOf } from "./http2-internals.ts";
import { type Connection, type ExchangeRunner, StatusError } from "./seam.ts";
import { StreamCall } from "./serve-stream.ts";
import type { FindOrigin } from "./serve-unary.ts";

type GrpcExchange = ServerDuplexStream<Buffer, Buffer>;

/** Messages of a client that nobody has taken yet are kept, a few at a time, so they are small ones only. */
export const MAX_TURN_BYTES = 128 * 1024;
const tooLarge = Buffer.alloc(0);

/** Stands where gRPC decodes a message: the bytes of a large one are let go at once. */
export const keepSmall = (bytes: Buffer): Buffer => (bytes.length > MAX_TURN_BYTES ? tooLarge : bytes);

/** Both sides speak in turns, and the last word has to fall within `limitMs`: a client that is silent holds nothing. */
export function serveExchange(
  method: GrpcMethod,
  run: ExchangeRunner,
  findOrigin: FindOrigin,
  live: Set<GrpcCall>,
  limitMs: number,
) {
  return (call: GrpcExchange): void => {
    const origin = findOrigin(call);
    if (origin === undefined) return;
    const exchange = new ExchangeCall(method, call, origin.connection, live, limitMs);
    void exchange.pump(run(exchange.turns(), exchange));
  };
}

class ExchangeCall extends StreamCall<GrpcExchange> {
  readonly #cancelLimit: () => void;

  constructor(
    method: GrpcMethod,
    call: GrpcExchange,
    connection: Connection,
    live: Set<GrpcCall>,
    limitMs: number,
  ) {
    super(method, call, connection, live);
    this.#cancelLimit = method.clock.after(limitMs, () => this.#cut());
  }

  /** What the client says; ends where it has no more to say, and rejects where the call is over. */
  async *turns(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const bytes of this.call.iterator({ destroyOnReturn: false })) {
        if (bytes === tooLarge) {
          const because = `a message of an exchange has at most ${MAX_TURN_BYTES} bytes`;
          this.end(new StatusError(grpcCodes.resource_exhausted, because));
        }
        if (!this.isOpen) break;
        yield bytes;
      }
    } catch (error) {
      if (this.isOpen) throw error;
    }
    if (!this.isOpen) throw new StatusError(grpcCodes.cancelled, "the call is over");
  }

  #cut(): void {
    if (this.isOpen) {
      this.end(new StatusError(grpcCodes.deadline_exceeded, "the exchange took too long; begin again"));
    } else {
      // It has its answer and keeps its own side open.
      resetStreamOf(this.call);
    }
  }

  protected override onOver(): void {
    this.#cancelLimit();
    super.onOver();
  }
}
