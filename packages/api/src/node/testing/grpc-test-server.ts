import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import type { TypedMethod } from "../../client/rpc-caller.ts";
import { StatusError } from "../../client/transport.ts";
import type { PemPair } from "./test-certificates.ts";

type Call = grpc.ServerUnaryCall<Buffer, Buffer> | grpc.ServerWritableStream<Buffer, Buffer>;

/** A gRPC server that demands a client certificate. */
export class GrpcTestServer {
  readonly #server = new grpc.Server();
  port = 0;

  answer<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    handle: (request: MessageShape<I>, call: Call) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
  ): this {
    this.#register(
      method,
      false,
      async (call: grpc.ServerUnaryCall<Buffer, Buffer>, reply: grpc.sendUnaryData<Buffer>) => {
        try {
          const answer = await handle(fromBinary(method.input, call.request), call);
          reply(null, Buffer.from(toBinary(method.output, create(method.output, answer))));
        } catch (error) {
          reply(statusOf(error));
        }
      },
    );
    return this;
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: TypedMethod<I, O>,
    handle: (request: MessageShape<I>, call: Call) => AsyncIterable<MessageInitShape<O>>,
  ): this {
    this.#register(method, true, async (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
      try {
        for await (const answer of handle(fromBinary(method.input, call.request), call)) {
          call.write(Buffer.from(toBinary(method.output, create(method.output, answer))));
        }
        call.end();
      } catch (error) {
        call.emit("error", statusOf(error));
      }
    });
    return this;
  }

  async listen(tls: PemPair & { readonly ca: string }, port = 0): Promise<this> {
    const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
    const credentials = grpc.ServerCredentials.createSsl(Buffer.from(tls.ca), [pair], true);
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return this;
  }

  /** Breaks every connection. */
  stop(): void {
    this.#server.forceShutdown();
  }

  #register(method: TypedMethod<DescMessage, DescMessage>, responseStream: boolean, handle: unknown): void {
    const same = (bytes: Buffer) => bytes;
    const path = `/${method.parent.typeName}/${method.name}`;
    const codec = {
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    const definition = { [method.name]: { path, requestStream: false, responseStream, ...codec } };
    this.#server.addService(definition, { [method.name]: handle as grpc.UntypedHandleCall });
  }
}

function statusOf(error: unknown) {
  if (!(error instanceof StatusError)) throw error;
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(error.trailers)) metadata.set(name, value);
  return { code: error.code, details: error.message, metadata };
}
