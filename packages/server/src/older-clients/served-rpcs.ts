import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Access, type Call, Encoded, type RpcEntry, type ServedService } from "../rpc/index.ts";

type Unary = DescMethod & { readonly methodKind: "unary" };

/** The methods that are served, to be called from a route with the caller of the route. */
export interface ServedRpcs {
  /** Who may call it; a route that calls it takes this word over. */
  access(method: Unary): Access;
  call<M extends Unary>(
    method: M,
    request: MessageInitShape<M["input"]>,
    call: Call,
  ): Promise<MessageShape<M["output"]>>;
}

export function servedRpcs(services: readonly ServedService[]): ServedRpcs {
  const entryOf = (method: Unary): RpcEntry<Unary> => {
    const served = services.find(({ service }) => service.typeName === method.parent.typeName);
    const entry = served?.table[method.localName];
    if (entry === undefined) throw new Error(`${method.parent.typeName}.${method.localName} is not served`);
    return entry as unknown as RpcEntry<Unary>;
  };
  return {
    access: (method) => entryOf(method).access,
    call: async (method, request, call) => {
      const reply = await entryOf(method).handle(create(method.input, request), call);
      if (reply instanceof Encoded) return fromBinary(method.output, reply.bytes) as never;
      return create(method.output, reply as never) as never;
    },
  };
}
