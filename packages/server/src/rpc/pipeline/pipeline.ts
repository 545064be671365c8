import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { AppError } from "@sallyport/api";
import { refuseBadValues } from "../find-bad-value.ts";
import { type Call, Encoded, type RpcEntry } from "../table.ts";
import type { MethodRunner, StatusError, TransportCall } from "../transport/index.ts";
import { CallState, malformed, type Target } from "./call-state.ts";
import { toAppError, toStatus } from "./map-error.ts";
import { authorizeAnew, type CallKind, failureSteps, type Step, type StepTools, steps } from "./steps.ts";

/** A handler whose types were checked where the table was written. */
type LooseHandle = (request: unknown, call: Call) => unknown;

/** What every call goes through: the table of steps, then the handler, then the error in the words of the wire. */
export class Pipeline {
  readonly #tools: StepTools;
  readonly #authorize: (state: CallState) => Promise<void>;

  constructor(tools: StepTools) {
    this.#tools = tools;
    this.#authorize = (state) => authorizeAnew(state, tools);
  }

  /** The method as a transport runs it. Throws for a method that only the client streams to. */
  bind<M extends DescMethod>(method: M, entry: RpcEntry<M>): MethodRunner {
    const path = `/${method.parent.typeName}/${method.name}`;
    const target: Target = { name: path, access: entry.access, decode: decoderOf(method) };
    const handle = entry.handle as LooseHandle;
    const encode = encoderOf(method);
    if (method.methodKind === "unary") {
      return { path, kind: "unary", run: (bytes, call) => this.#unary(target, handle, encode, bytes, call) };
    }
    if (method.methodKind === "server_streaming") {
      return {
        path,
        kind: "server_streaming",
        run: (bytes, call) => this.#stream(target, handle, encode, bytes, call),
      };
    }
    if (method.methodKind === "bidi_streaming") {
      return {
        path,
        kind: "bidi_streaming",
        run: (requests, call) => this.#exchange(target, handle, encode, requests, call),
      };
    }
    throw new Error(`${path} streams from the client, which is not served`);
  }

  /** Runs a JSON route through the same steps; rejects with an `AppError` only. */
  async json<T>(
    target: Target,
    transport: TransportCall,
    handle: (call: Call) => Promise<T> | T,
  ): Promise<T> {
    const state = this.#begin(target, transport, noBytes);
    try {
      await this.#walk(stepsOf.json, state);
      return await handle(state);
    } catch (error) {
      throw await this.#fail("json", state, error);
    }
  }

  async #unary(
    target: Target,
    handle: LooseHandle,
    encode: Encode,
    bytes: Uint8Array,
    transport: TransportCall,
  ) {
    const state = this.#begin(target, transport, bytes);
    try {
      const pending = this.#walk(stepsOf.unary, state);
      if (pending !== undefined) await pending;
      const reply = handle(state.request, state);
      return encode(reply instanceof Promise ? await reply : reply);
    } catch (error) {
      throw await this.#failStatus("unary", state, error);
    }
  }

  #stream(target: Target, handle: LooseHandle, encode: Encode, bytes: Uint8Array, transport: TransportCall) {
    return this.#answers("stream", this.#begin(target, transport, bytes), handle, encode);
  }

  #exchange(
    target: Target,
    handle: LooseHandle,
    encode: Encode,
    requests: AsyncIterable<Uint8Array>,
    transport: TransportCall,
  ) {
    const state = this.#begin(target, transport, noBytes);
    state.request = decodeEach(requests, target.decode);
    return this.#answers("exchange", state, handle, encode);
  }

  async *#answers(kind: "stream" | "exchange", state: CallState, handle: LooseHandle, encode: Encode) {
    try {
      await this.#walk(stepsOf[kind], state);
      for await (const reply of handle(state.request, state) as AsyncIterable<unknown>) yield encode(reply);
    } catch (error) {
      throw await this.#failStatus(kind, state, error);
    } finally {
      state.release?.();
    }
  }

  #begin(target: Target, transport: TransportCall, bytes: Uint8Array): CallState {
    const now = this.#tools.clock.now();
    return new CallState(target, transport, { bytes, now, authorize: this.#authorize });
  }

  /** Most calls need no waiting on the way, and so do without a promise. */
  #walk(list: readonly Step[], state: CallState, from = 0): Promise<void> | undefined {
    for (let index = from; index < list.length; index += 1) {
      const step = list[index];
      if (step === undefined || (!step.anonymous && state.caller.kind === "anonymous")) continue;
      const pending = step.run(state, this.#tools);
      if (pending !== undefined) return pending.then(() => this.#walk(list, state, index + 1));
    }
    return undefined;
  }

  async #fail(kind: CallKind, state: CallState, thrown: unknown): Promise<AppError> {
    let error = toAppError(thrown, () => state.requestId);
    for (const step of failureSteps) {
      if (step[kind] && (step.anonymous || state.caller.kind !== "anonymous")) {
        error = await step.run(state, error, this.#tools);
      }
    }
    return error;
  }

  async #failStatus(kind: CallKind, state: CallState, thrown: unknown): Promise<StatusError> {
    return toStatus(await this.#fail(kind, state, thrown), state.requestId);
  }
}

const stepsOf: Readonly<Record<CallKind, readonly Step[]>> = {
  unary: steps.filter((step) => step.unary),
  stream: steps.filter((step) => step.stream),
  exchange: steps.filter((step) => step.exchange),
  json: steps.filter((step) => step.json),
};

const noBytes = new Uint8Array();

async function* decodeEach(requests: AsyncIterable<Uint8Array>, decode: Target["decode"]) {
  for await (const bytes of requests) yield decode(bytes);
}

type Encode = (reply: unknown) => Uint8Array;

function decoderOf({ input }: DescMethod): Target["decode"] {
  return (bytes) => {
    const request = decodeAs(input, bytes);
    refuseBadValues(input, request);
    return request;
  };
}

function decodeAs(input: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(input, bytes);
  } catch (error) {
    throw malformed(input.typeName, error);
  }
}

const encoderOf =
  ({ output }: DescMethod): Encode =>
  (reply) =>
    reply instanceof Encoded
      ? reply.bytes
      : toBinary(output, create(output, reply as MessageInitShape<DescMessage>));
