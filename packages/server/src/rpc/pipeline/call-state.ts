import { AppError } from "@sallyport/api";
import { newUuid } from "../../kernel/ids.ts";
import type { Caller } from "../caller.ts";
import type { Access, Call } from "../table.ts";
import type { TransportCall } from "../transport/index.ts";

/** What the steps know of a method before any call of it. */
export interface Target {
  /** `/package.Service/Method`, or `GET /v2/…`. */
  readonly name: string;
  readonly access: Access;
  /** Throws `BAD_PARAMETER` where the bytes are no request of this method. */
  readonly decode: (bytes: Uint8Array) => unknown;
}

/** Until somebody is found to call, nobody does, and nobody may do anything. */
const nobody: Caller = {
  kind: "anonymous",
  name: "",
  roles: [],
  traits: {},
  identity: undefined,
  permissions: {
    check: () => ({ allow: false, explicit: false, because: "the caller is not known yet" }),
    mayEver: () => false,
  },
};

/** Sets who calls, as they are now; rejects where they may not call this method. */
type Authorize = (state: CallState) => Promise<void>;

/** One call on its way through the steps; to the handler it is a `Call`. */
export class CallState implements Call {
  readonly target: Target;
  readonly transport: TransportCall;
  readonly now: number;
  readonly bytes: Uint8Array;
  request: unknown;
  caller: Caller = nobody;
  /** Undoes what a step began; called when the call is over. */
  release: (() => void) | undefined;
  readonly #authorize: Authorize;
  #requestId: string | undefined;

  constructor(
    target: Target,
    transport: TransportCall,
    { bytes, now, authorize }: { bytes: Uint8Array; now: number; authorize: Authorize },
  ) {
    this.target = target;
    this.transport = transport;
    this.bytes = bytes;
    this.now = now;
    this.#authorize = authorize;
  }

  reauthorize(): Promise<void> {
    return this.#authorize(this);
  }

  get isIdentified(): boolean {
    return this.caller !== nobody;
  }

  get signal(): AbortSignal {
    return this.transport.signal;
  }

  get remoteAddress(): string {
    return this.transport.remoteAddress;
  }

  get clientVersion(): string | undefined {
    return this.transport.header("version");
  }

  get delegator(): string {
    return this.transport.header("delegator") ?? "";
  }

  get requestId(): string {
    this.#requestId ??= newUuid();
    return this.#requestId;
  }

  header(name: string): string | undefined {
    return this.transport.header(name);
  }
}

export function malformed(what: string, cause: unknown): AppError {
  return new AppError("BAD_PARAMETER", `the request is not a valid ${what}`, { cause });
}
