import { once } from "node:events";
import * as http2 from "node:http2";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import { type Clock, systemClock } from "../../../kernel/clock.ts";
import type { MethodRunner } from "../seam.ts";
import type { KeyAndCertificate, TestCertificates } from "./certificates.ts";
import type { OpenTransport } from "./open-transport.ts";

export const echo: MethodRunner = {
  path: "/test.Service/Echo",
  kind: "unary",
  run: async (request) => request,
};

/** Real time, and any wait that a test asks for is over as soon as it says so. */
export function steppedClock() {
  const waits = new Set<{ readonly ms: number; readonly run: () => void }>();
  const clock: Clock = {
    now: systemClock.now,
    after: (ms, run) => {
      const wait = { ms, run };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
  };
  const pass = (ms: number) => {
    for (const wait of [...waits]) {
      if (wait.ms !== ms || !waits.delete(wait)) continue;
      wait.run();
    }
  };
  const pending = (ms: number) => [...waits].some((wait) => wait.ms === ms);
  return { clock, pass, pending };
}

export const closed = (socket: Socket | tls.TLSSocket) => {
  socket.on("error", () => {});
  socket.resume();
  // Not `once` of node:events, which takes the error that comes before for a failure.
  return new Promise<void>((resolve) =>
    socket.destroyed ? resolve() : socket.once("close", () => resolve()),
  );
};

export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** POST of the echo method, as HPACK literals. */
export function headersFrame(streamId: number, flags: number): Buffer {
  const literal = (prefix: number[], value: string) =>
    Buffer.concat([Buffer.from([...prefix, value.length]), Buffer.from(value)]);
  const block = [Buffer.from([0x83, 0x87]), literal([0x04], echo.path), literal([0x01], "localhost")];
  return frame(1, flags, streamId, Buffer.concat([...block, literal([0x0f, 0x10], "application/grpc")]));
}

/** A connection on which HTTP/2 is written by hand, as only an attacker writes it. */
export async function speakFrames(
  opened: OpenTransport,
  certificates: TestCertificates,
): Promise<tls.TLSSocket> {
  const socket = tls.connect({
    port: opened.port,
    host: "127.0.0.1",
    ca: certificates.ca,
    ALPNProtocols: ["h2"],
    ...certificates.alice,
  });
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  socket.resume();
  socket.write(
    Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0))]),
  );
  return socket;
}

export const rawSession = (
  opened: OpenTransport,
  certificates: TestCertificates,
  who: KeyAndCertificate | undefined = certificates.alice,
) => {
  const session = http2.connect(`https://127.0.0.1:${opened.port}`, { ca: certificates.ca, ...who });
  session.on("error", () => {});
  return session;
};

export const post = (session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders = {}) => {
  const stream = session.request({
    ":method": "POST",
    ":path": echo.path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => {});
  return stream;
};
