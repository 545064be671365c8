import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { AppError } from "../errors/index.ts";
import { errorFromStatus } from "./errors.ts";
import type { CallHeaders, Transport, TransportOptions } from "./transport.ts";

/** What may be said about one call. */
export interface CallOptions {
  /** Ends the call; it then rejects with CANCELLED, or with DEADLINE_EXCEEDED for `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take, in milliseconds; 0 = no limit. The client's default where it is left out. */
  readonly timeoutMs?: number | undefined;
  /** Metadata for this call, over that of the client. */
  readonly headers?: CallHeaders | undefined;
}

/** A method with the types of its messages. */
export interface TypedMethod<I extends DescMessage, O extends DescMessage> extends DescMethod {
  readonly input: I;
  readonly output: O;
}

/** Encodes requests, decodes answers and turns statuses into `AppError`s. */
export class RpcCaller {
  readonly #transport: Transport;
  readonly #headers: CallHeaders;
  readonly #timeoutMs: number;

  constructor(transport: Transport, headers: CallHeaders, timeoutMs: number) {
    this.#transport = transport;
    this.#headers = headers;
    this.#timeoutMs = timeoutMs;
  }

  async unary<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    try {
      const bytes = toBinary(method.input, create(method.input, request));
      const reply = await this.#transport.unary(
        pathOf(method),
        bytes,
        this.#optionsOf(options, this.#timeoutMs),
      );
      return fromBinary(method.output, reply.bytes);
    } catch (error) {
      throw translate(error, options.signal);
    }
  }

  /** A stream has no time limit unless one is given. */
  async *serverStream<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    try {
      const bytes = toBinary(method.input, create(method.input, request));
      const answers = this.#transport.serverStream(pathOf(method), bytes, this.#optionsOf(options, 0));
      for await (const answer of answers) yield fromBinary(method.output, answer);
    } catch (error) {
      throw translate(error, options.signal);
    }
  }

  #optionsOf(options: CallOptions, defaultTimeoutMs: number): TransportOptions {
    options.signal?.throwIfAborted();
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    return {
      headers: { ...this.#headers, ...options.headers },
      signal: options.signal,
      timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    };
  }
}

const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

function translate(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!signal?.aborted) return errorFromStatus(error);
  const timeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
  return new AppError(timeout ? "DEADLINE_EXCEEDED" : "CANCELLED", undefined, { cause: signal.reason });
}
