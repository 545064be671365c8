import type {
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { CallOptions, RpcCaller } from "./rpc-caller.ts";

/** One method as a function: a promise for one answer, an async iteration for a stream of them. */
export type RpcFunction<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request?: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request?: MessageInitShape<I>, options?: CallOptions) => AsyncIterable<MessageShape<O>>
      : never;

/**
 * Every method of a service, by its name with a small first letter. Requests are plain objects. Methods to which the
 * client streams are left out.
 */
export type ServiceClient<S extends DescService> = {
  readonly [M in keyof S["method"] as RpcFunction<S["method"][M]> extends never ? never : M]: RpcFunction<
    S["method"][M]
  >;
};

/**
 * A typed client of a service, made from its descriptor.
 */
export function createServiceClient<S extends DescService>(service: S, caller: RpcCaller): ServiceClient<S> {
  const functions: Record<string, unknown> = {};
  for (const method of service.methods) {
    if (method.methodKind === "unary") {
      functions[method.localName] = (request = {}, options?: CallOptions) =>
        caller.unary(method, request, options);
    } else if (method.methodKind === "server_streaming") {
      functions[method.localName] = (request = {}, options?: CallOptions) =>
        caller.serverStream(method, request, options);
    }
  }
  return functions as ServiceClient<S>;
}
