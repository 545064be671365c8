import type { ServerUnaryCall, StatusObject, sendUnaryData } from "@grpc/grpc-js";
import type { CallSlots, SlotUser } from "./call-slots.ts";
import type { CallTurn, TurnUser } from "./call-turn.ts";
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

/** What the unary methods of a server share. */
export interface UnaryServing {
  readonly findOrigin: FindOrigin;
  readonly turn: CallTurn;
}

export function serveUnary(method: GrpcMethod, run: UnaryRunner, serving: UnaryServing) {
  return (call: GrpcUnary, reply: sendUnaryData<Buffer>): void => {
    const origin = serving.findOrigin(call);
    // Undefined when the connection went away while the request was read: nobody is left to answer.
    if (origin === undefined) return;
    origin.slots.take(
      new UnaryCall(method, call, { run, reply, slots: origin.slots, turn: serving.turn }, origin.connection),
    );
  };
}

interface UnaryWork {
  readonly run: UnaryRunner;
  readonly reply: sendUnaryData<Buffer>;
  readonly slots: CallSlots;
  readonly turn: CallTurn;
}

class UnaryCall extends GrpcCall<GrpcUnary> implements SlotUser, TurnUser {
  readonly #work: UnaryWork;
  #holdsSlot = false;

  constructor(method: GrpcMethod, call: GrpcUnary, work: UnaryWork, connection: Connection) {
    super(method, call, connection);
    this.#work = work;
  }

  begin(): void {
    this.#holdsSlot = this.isOpen;
    if (this.#holdsSlot) this.#work.turn.add(this);
    else this.#work.slots.release();
  }

  start(): void {
    if (this.isOpen) void this.#answer();
  }

  async #answer(): Promise<void> {
    try {
      const bytes = await this.#work.run(this.call.request, this);
      if (!this.settle()) return;
      this.call.sendMetadata(this.method.headers);
      this.#work.reply(null, viewAsBuffer(bytes));
    } catch (error) {
      this.end(toStatusError(error));
    }
  }

  protected override sendStatus(status: StatusObject): void {
    this.call.sendMetadata(this.method.headers);
    this.#work.reply(status);
  }

  protected override onOver(): void {
    if (this.#holdsSlot) this.#work.slots.release();
  }
}
