import type { ServerUnaryCall, StatusObject, sendUnaryData } from "@grpc/grpc-js";
import type { CallSlots, SlotUser } from "./call-slots.ts";
import { GrpcCall, type GrpcMethod, toStatusError, viewAsBuffer } from "./grpc-call.ts";
import type { Connection, UnaryRunner } from "./seam.ts";

/** What the gRPC server knows of the connection that a call came on. */
export interface CallOrigin {
  readonly connection: Connection;
  readonly slots: CallSlots;
}
export type FindOrigin = (
  call: Pick<ServerUnaryCall<Buffer, Buffer>, "getAuthContext">,
) => CallOrigin | undefined;

type GrpcUnary = ServerUnaryCall<Buffer, Buffer>;

export function serveUnary(method: GrpcMethod, run: UnaryRunner, findOrigin: FindOrigin) {
  return (call: GrpcUnary, reply: sendUnaryData<Buffer>): void => {
    const origin = findOrigin(call);
    // Undefined when the connection went away while the request was read: nobody is left to answer.
    if (origin !== undefined) origin.slots.take(new UnaryCall(method, call, origin, run, reply));
  };
}

class UnaryCall extends GrpcCall<GrpcUnary> implements SlotUser {
  readonly #run: UnaryRunner;
  readonly #reply: sendUnaryData<Buffer>;
  readonly #slots: CallSlots;
  #holdsSlot = false;

  constructor(
    method: GrpcMethod,
    call: GrpcUnary,
    origin: CallOrigin,
    run: UnaryRunner,
    reply: sendUnaryData<Buffer>,
  ) {
    super(method, call, origin.connection);
    this.#run = run;
    this.#reply = reply;
    this.#slots = origin.slots;
  }

  begin(): void {
    this.#holdsSlot = this.isOpen;
    if (this.#holdsSlot) void this.#answer();
    else this.#slots.release();
  }

  async #answer(): Promise<void> {
    try {
      const bytes = await this.#run(this.call.request, this);
      if (!this.settle()) return;
      this.call.sendMetadata(this.method.headers);
      this.#reply(null, viewAsBuffer(bytes));
    } catch (error) {
      this.end(toStatusError(error));
    }
  }

  protected override sendStatus(status: StatusObject): void {
    this.call.sendMetadata(this.method.headers);
    this.#reply(status);
  }

  protected override onOver(): void {
    if (this.#holdsSlot) this.#slots.release();
  }
}
