import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Caller, SystemRole, Verb } from "./caller.ts";

/**
 * Who may call a method; every entry of the table states it, and the pipeline refuses everybody else before the
 * handler runs. `docs/reference/rpc.md` and the access matrix test are read from these.
 */
export type Access =
  /** Also without a certificate. */
  | { readonly anyone: true; readonly why: string }
  /** All verbs on the kind, by the caller's rules. */
  | { readonly kind: string; readonly verbs: readonly Verb[] }
  /** Services that hold one of these system roles. */
  | { readonly systemRoles: readonly SystemRole[] }
  /**
   * The rule needs the message or the stored object, so the handler decides; the name is that of the decision
   * and is listed in one reviewed test. Never without a certificate.
   */
  | { readonly decidedBy: string };

/** A message that is encoded already; the transport sends these bytes as they are. */
export class Encoded {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** One call, as a handler sees it. */
export interface Call {
  readonly caller: Caller;
  /** Milliseconds since 1970, read once when the call arrived. */
  readonly now: number;
  /** Aborted when the client goes away, the deadline passes, the certificate expires or a lock hits. */
  readonly signal: AbortSignal;
  /** Address of the peer, `ip:port`. */
  readonly remoteAddress: string;
  /** The client's `version` header, as sent; undefined where it sent none. */
  readonly clientVersion: string | undefined;
  /** First value of a request header, lower-case name. */
  header(name: string): string | undefined;
  /** The `delegator` header (SetAccessRequestState and others take it from there); "" where there is none. */
  readonly delegator: string;
  readonly requestId: string;
  /**
   * For after a wait, before anything is written: finds out anew who `caller` is, and whether they may call this at
   * all. Rejects where they lost their rights in the meantime.
   */
  reauthorize(): Promise<void>;
}

type Reply<M extends DescMethod> = MessageInitShape<M["output"]> | Encoded;

/** Methods that only the client streams to are not served, so they have no handler type. */
export type Handler<M extends DescMethod> = M extends { methodKind: "unary" }
  ? (request: MessageShape<M["input"]>, call: Call) => Promise<Reply<M>> | Reply<M>
  : M extends { methodKind: "server_streaming" }
    ? (request: MessageShape<M["input"]>, call: Call) => AsyncIterable<Reply<M>>
    : M extends { methodKind: "bidi_streaming" }
      ? (requests: AsyncIterable<MessageShape<M["input"]>>, call: Call) => AsyncIterable<Reply<M>>
      : never;

export interface RpcEntry<M extends DescMethod> {
  readonly access: Access;
  /** Audit event types that the call may emit, for the reference page. */
  readonly audit?: readonly string[];
  readonly handle: Handler<M>;
}

/** Every method of a service, each with its handler and its word on who may call it. */
export type RpcTable<S extends DescService> = {
  readonly [M in keyof S["method"]]: RpcEntry<S["method"][M] & DescMethod>;
};

/** A domain's part of a service that many domains share. */
export type RpcPart<S extends DescService, M extends keyof S["method"]> = Pick<RpcTable<S>, M>;
