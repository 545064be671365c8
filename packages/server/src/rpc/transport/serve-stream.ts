import type { Metadata, ServerWritableStream, StatusObject } from "@grpc/grpc-js";
import type { Clock } from "../../kernel/clock.ts";
import { GrpcCall, toStatusError, viewAsBuffer } from "./grpc-call.ts";
import { resetStreamOf } from "./http2-internals.ts";
import type { StreamRunner } from "./seam.ts";
import type { FindOrigin } from "./serve-unary.ts";

type GrpcStream = ServerWritableStream<Buffer, Buffer>;

export interface StreamService {
  readonly findOrigin: FindOrigin;
  readonly headers: Metadata;
  /** Streams that are open, so that a stop can end them. */
  readonly live: Set<GrpcCall>;
  readonly clock: Clock;
}

/** A client that takes nothing would never take the status either; after so long its stream is reset. */
const FLUSH_MS = 5_000;

export function serveStream(path: string, run: StreamRunner, service: StreamService) {
  return (call: GrpcStream): void => {
    const origin = service.findOrigin(call);
    if (origin === undefined) return;
    const wake = { up: () => {} };
    const grpcCall = new GrpcCall(
      { path, connection: origin.connection, clock: service.clock },
      call,
      (status) => {
        endStream(call, grpcCall, status, service);
        wake.up();
      },
    );
    service.live.add(grpcCall);
    grpcCall.whenOver(() => {
      service.live.delete(grpcCall);
      wake.up();
    });
    pump(run, call, grpcCall, wake, service.headers).catch((error: unknown) =>
      grpcCall.end(toStatusError(error)),
    );
  };
}

async function pump(
  run: StreamRunner,
  call: GrpcStream,
  grpcCall: GrpcCall,
  wake: { up: () => void },
  headers: Metadata,
): Promise<void> {
  call.on("drain", () => wake.up());
  let isFirst = true;
  for await (const bytes of run(call.request, grpcCall)) {
    if (!grpcCall.isOpen) return;
    if (isFirst) call.sendMetadata(headers);
    isFirst = false;
    if (call.write(viewAsBuffer(bytes))) continue;
    await new Promise<void>((resolve) => {
      wake.up = resolve;
    });
  }
  if (!grpcCall.settle()) return;
  if (isFirst) call.sendMetadata(headers);
  call.end();
}

function endStream(call: GrpcStream, grpcCall: GrpcCall, status: StatusObject, service: StreamService): void {
  call.sendMetadata(service.headers);
  const cancel = service.clock.after(FLUSH_MS, () => {
    if (!resetStreamOf(call)) grpcCall.connection.close();
  });
  call.once("cancelled", cancel);
  call.emit("error", status);
}
