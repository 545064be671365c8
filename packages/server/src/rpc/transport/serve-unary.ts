import type { Metadata, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { Clock } from "../../kernel/clock.ts";
import type { CallSlots } from "./call-slots.ts";
import { GrpcCall, toStatusError, viewAsBuffer } from "./grpc-call.ts";
import type { Connection, UnaryRunner } from "./seam.ts";

/** What the gRPC server knows of the connection that a call came on. */
export interface CallOrigin {
  readonly connection: Connection;
  readonly slots: CallSlots;
}
export type FindOrigin = (
  call: Pick<ServerUnaryCall<Buffer, Buffer>, "getAuthContext">,
) => CallOrigin | undefined;

export interface UnaryService {
  readonly findOrigin: FindOrigin;
  /** Sent with every answer, a refusal included. */
  readonly headers: Metadata;
  readonly clock: Clock;
}

export function serveUnary(path: string, run: UnaryRunner, { findOrigin, headers, clock }: UnaryService) {
  return (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void => {
    const origin = findOrigin(call);
    // Undefined when the connection went away while the request was read: nobody is left to answer.
    if (origin === undefined) return;
    const grpcCall = new GrpcCall({ path, connection: origin.connection, clock }, call, (status) => {
      call.sendMetadata(headers);
      reply(status);
    });
    origin.slots.take(() => {
      grpcCall.whenOver(() => origin.slots.release());
      if (!grpcCall.isOpen) return origin.slots.release();
      run(call.request, grpcCall).then(
        (bytes) => {
          if (!grpcCall.settle()) return;
          call.sendMetadata(headers);
          reply(null, viewAsBuffer(bytes));
        },
        (error: unknown) => grpcCall.end(toStatusError(error)),
      );
    });
  };
}
