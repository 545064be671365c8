import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { grpcCodes } from "../../errors/index.ts";
import type { TypedMethod } from "../rpc-caller.ts";
import { StatusError, type Transport, type TransportOptions, type TransportReply } from "../transport.ts";

export interface SeenCall {
  readonly path: string;
  readonly options: TransportOptions;
}

type Unary = (request: Uint8Array, options: TransportOptions) => Promise<Uint8Array>;
type Stream = (request: Uint8Array, options: TransportOptions) => AsyncIterable<Uint8Array>;

/** A server in memory behind a transport, for what has nothing to do with networks. Other methods are Unimplemented. */
export class FakeServer implements Transport {
  readonly calls: SeenCall[] = [];
  /** Streams that are open now. */
  open = 0;
  readonly #unary = new Map<string, Unary>();
  readonly #streams = new Map<string, Stream>();

  answer<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    handle: (
      request: MessageShape<I>,
      options: TransportOptions,
    ) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
  ): this {
    this.#unary.set(pathOf(method), async (bytes, options) => {
      const answer = await handle(fromBinary(method.input, bytes), options);
      return toBinary(method.output, create(method.output, answer));
    });
    return this;
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    handle: (request: MessageShape<I>, options: TransportOptions) => AsyncIterable<MessageInitShape<O>>,
  ): this {
    this.#streams.set(pathOf(method), async function* (bytes, options) {
      for await (const answer of handle(fromBinary(method.input, bytes), options)) {
        yield toBinary(method.output, create(method.output, answer));
      }
    });
    return this;
  }

  async unary(path: string, request: Uint8Array, options: TransportOptions): Promise<TransportReply> {
    this.calls.push({ path, options });
    const handle = this.#unary.get(path) ?? unimplemented();
    return { bytes: await handle(request, options), headers: {}, trailers: {} };
  }

  async *serverStream(
    path: string,
    request: Uint8Array,
    options: TransportOptions,
  ): AsyncGenerator<Uint8Array> {
    this.calls.push({ path, options });
    const handle = this.#streams.get(path) ?? unimplemented();
    this.open += 1;
    const iterator = handle(request, options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await orAborted(iterator.next(), options.signal);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      this.open -= 1;
    }
  }
}

const pathOf = (method: TypedMethod<DescMessage, DescMessage>) => `/${method.parent.typeName}/${method.name}`;

function unimplemented(): never {
  throw new StatusError(grpcCodes.unimplemented, "not here");
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new StatusError(grpcCodes.cancelled, "cancelled"));
    if (signal?.aborted) return cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener("abort", cancel));
  });
}
