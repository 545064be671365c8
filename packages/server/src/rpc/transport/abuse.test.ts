import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { before, test } from "node:test";
import * as tls from "node:tls";
import { grpcCodes } from "@sallyport/api";
import { defaultLimits } from "./limits.ts";
import type { MethodRunner } from "./seam.ts";
import {
  type KeyAndCertificate,
  makeTestCertificates,
  type TestCertificates,
} from "./testing/certificates.ts";
import {
  closed,
  echo,
  frame,
  headersFrame,
  post,
  rawSession,
  speakFrames,
  steppedClock,
} from "./testing/hostile-client.ts";
import { type OpenTransport, openTransport } from "./testing/open-transport.ts";

let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

const serves = async (opened: OpenTransport, who: KeyAndCertificate = certificates.bob) =>
  assert.equal((await opened.client(who).unary(echo.path, Buffer.from("x"))).code, 0);

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function until(isSo: () => boolean) {
  while (!isSo()) await turn();
}

test("threat 9: a client that is silent, before or in the handshake, is cut while others are served", async () => {
  const { clock, pass, pending } = steppedClock();
  await using opened = await openTransport(certificates, [echo], { clock });
  const silent = connect(opened.port, "127.0.0.1");
  await once(silent, "connect");
  await until(() => pending(defaultLimits.headerTimeoutMs));
  const slow = connect(opened.port, "127.0.0.1");
  slow.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
  await until(() => pending(defaultLimits.handshakeTimeoutMs));
  await serves(opened);
  pass(defaultLimits.headerTimeoutMs);
  await closed(silent);
  pass(defaultLimits.handshakeTimeoutMs);
  await closed(slow);
  assert.deepEqual(opened.refused, [
    "the client left or was silent before the TLS handshake",
    "the TLS handshake took too long",
  ]);
  await serves(opened);
});

test("threat 9: strangers share a budget of connections, and those with a certificate are not locked out", async () => {
  await using opened = await openTransport(certificates, [echo], {
    limits: { maxUnverifiedConnectionsPerIp: 3 },
  });
  const client = opened.client(certificates.alice);
  assert.equal((await client.unary(echo.path, Buffer.from("x"))).code, 0);
  const strangers: Socket[] = [];
  for (let index = 0; index < 3; index += 1) {
    const socket = connect(opened.port, "127.0.0.1");
    strangers.push(socket);
    await once(socket, "connect");
  }
  await until(() => opened.transport.load.unverified === 3);
  const oneTooMany = connect(opened.port, "127.0.0.1");
  await closed(oneTooMany);
  assert.deepEqual(opened.refused, ["too many connections without a client certificate"]);
  assert.equal((await client.unary(echo.path, Buffer.from("x"))).code, 0);
  strangers[0]?.destroy();
  await until(() => opened.transport.load.unverified === 2);
  await serves(opened);
  for (const socket of strangers) socket.destroy();
});

test("threat 38: what is not TLS, or speaks no protocol of ours, is closed", async () => {
  await using opened = await openTransport(certificates, [echo]);
  const plain = connect(opened.port, "127.0.0.1");
  plain.write("GET / HTTP/1.1\r\n\r\n");
  await closed(plain);
  const other = tls.connect({
    port: opened.port,
    host: "127.0.0.1",
    ca: certificates.ca,
    ALPNProtocols: ["ssh"],
  });
  await closed(other);
  await opened.whenRefused(/TLS handshake/);
  await serves(opened);
});

test("threat 38: a path of any bytes is answered Unimplemented, and nothing breaks", async () => {
  await using opened = await openTransport(certificates, [echo]);
  const session = rawSession(opened, certificates);
  for (const path of [
    "/",
    "/\u00ff\u00fe%zz",
    "/test.Service/echo",
    "/test.Service/Echo/",
    "/__proto__/constructor",
  ]) {
    const stream = post(session, { ":path": path });
    stream.end();
    const status = new Promise((resolve) =>
      stream.on("trailers", (trailers) => resolve(trailers["grpc-status"])),
    );
    stream.resume();
    assert.equal(await status, String(grpcCodes.unimplemented), path);
  }
  session.destroy();
  await serves(opened);
});

test("threat 38: Rapid Reset is cut, and others are served", async () => {
  await using opened = await openTransport(certificates, [echo], {
    limits: { resetBurst: 50, resetPerSecond: 1 },
  });
  const socket = await speakFrames(opened, certificates);
  const over = closed(socket);
  for (let id = 1; !socket.destroyed && id < 100_000; id += 2) {
    socket.write(Buffer.concat([headersFrame(id, 0x4), frame(3, 0, id, Buffer.from([0, 0, 0, 8]))]));
    if (id % 20 === 1) await turn();
  }
  await over;
  await serves(opened);
});

test("threat 38: an endless row of CONTINUATION frames is cut, and others are served", async () => {
  await using opened = await openTransport(certificates, [echo]);
  const socket = await speakFrames(opened, certificates);
  const over = closed(socket);
  socket.write(headersFrame(1, 0));
  // A header of its own each time: literal, name "x", value "y".
  for (let count = 0; !socket.destroyed && count < 100_000; count += 1) {
    socket.write(frame(9, 0, 1, Buffer.from([0x00, 0x01, 0x78, 0x01, 0x79])));
    if (count % 20 === 1) await turn();
  }
  await over;
  await serves(opened);
});

test("threat 38: more streams than allowed are refused, and who goes on is cut", async () => {
  await using opened = await openTransport(certificates, [echo], {
    limits: { maxConcurrentStreams: 5, maxRejectedStreams: 20 },
  });
  const socket = await speakFrames(opened, certificates);
  const over = closed(socket);
  for (let id = 1; !socket.destroyed && id < 100_000; id += 2) {
    socket.write(headersFrame(id, 0x4));
    if (id % 20 === 1) await turn();
  }
  await over;
  await serves(opened);
});

test("threat 38: a flood of PING or SETTINGS frames is cut, and others are served", async () => {
  for (const flood of ["ping", "settings"] as const) {
    await using opened = await openTransport(certificates, [echo], {
      limits: { controlBurst: 100, controlPerSecond: 1 },
    });
    const session = rawSession(opened, certificates);
    await once(session, "connect");
    const over = once(session, "close");
    while (!session.destroyed) {
      if (flood === "ping") session.ping(() => {});
      else session.settings({ initialWindowSize: 70_000 }, () => {});
      await turn();
    }
    await over;
    assert.equal(await opened.whenRefused(/too many/), "too many PING or SETTINGS frames");
    await serves(opened);
  }
});

test("threat 38: endless headers are refused", async () => {
  await using opened = await openTransport(certificates, [echo], { limits: { maxHeaderListBytes: 8_000 } });
  const session = rawSession(opened, certificates);
  const stream = post(session, { "x-big": "y".repeat(20_000) });
  stream.end();
  await new Promise((resolve) => stream.once("close", resolve));
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  await serves(opened);
  session.destroy();
});

test("threat 9: requests that never end hold a bounded number of bytes", async () => {
  await using opened = await openTransport(certificates, [echo], { limits: { maxPendingBytes: 200_000 } });
  const session = rawSession(opened, certificates);
  const over = once(session, "close");
  const frame = Buffer.alloc(30_005);
  frame.writeUInt32BE(60_000, 1);
  for (let index = 0; index < 40; index += 1) post(session).write(frame);
  await over;
  assert.ok(opened.refused.includes("too many request bytes at a time"));
  await serves(opened);
});

test("threat 9: a request that does not end in time is reset", async () => {
  const { clock, pass } = steppedClock();
  await using opened = await openTransport(certificates, [echo], { clock });
  const session = rawSession(opened, certificates);
  const stream = post(session);
  stream.write(Buffer.from([0, 0, 0]));
  await serves(opened);
  const over = once(stream, "close");
  pass(defaultLimits.uploadTimeoutMs);
  await serves(opened);
  assert.equal(stream.closed, false);
  pass(defaultLimits.uploadTimeoutMs);
  await over;
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
  session.destroy();
});

test("calls above the number that may run wait for their turn", async () => {
  let running = 0;
  let most = 0;
  const slow: MethodRunner = {
    path: "/test.Service/Slow",
    kind: "unary",
    run: async (request) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      return request;
    },
  };
  await using opened = await openTransport(certificates, [slow], { limits: { maxRunningCalls: 3 } });
  const client = opened.client(certificates.alice);
  const calls = Array.from({ length: 40 }, () => client.unary(slow.path, Buffer.from("x")));
  const answers = await Promise.all(calls);
  assert.ok(answers.every((answer) => answer.code === 0));
  assert.ok(most <= 3, `${most} ran at a time`);
});

test("threat 9: an HTTP/1.1 client that says nothing, or half a request, is closed", async () => {
  const http = { ...defaultLimits.http, headersTimeoutMs: 30 };
  await using opened = await openTransport(certificates, [echo], { limits: { http } });
  for (const said of ["", "GET /v2/authserv"]) {
    const socket = tls.connect({ port: opened.port, host: "127.0.0.1", ca: certificates.ca });
    socket.write(said);
    await closed(socket);
  }
  await serves(opened);
});

test("a PROXY header gives the address where it is expected, and is refused where it is not", async () => {
  const seen: string[] = [];
  const verifyPeer = (_certificates: unknown, { remoteAddress }: { remoteAddress: string }) => {
    seen.push(remoteAddress);
    return { ok: true, peer: undefined } as const;
  };
  const header = "PROXY TCP4 192.0.2.1 192.0.2.2 54321 3025\r\n";
  const ask = async (opened: OpenTransport) => {
    const raw = connect(opened.port, "127.0.0.1");
    raw.write(header.slice(0, 20));
    raw.write(header.slice(20));
    const socket = tls.connect({ socket: raw, ca: certificates.ca, servername: "localhost" });
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await closed(socket);
  };
  for (const proxyMode of ["on", "unset", "off"] as const) {
    await using opened = await openTransport(certificates, [echo], { proxyMode, verifyPeer });
    await ask(opened);
    if (proxyMode === "off") await opened.whenRefused(/none is expected/);
  }
  assert.deepEqual(seen, ["192.0.2.1:54321", "192.0.2.1:0"]);
});

test("a client that says goodbye as Go's gRPC does is not taken for one that was refused", async () => {
  await using opened = await openTransport(certificates, [echo]);
  const goAway = Buffer.alloc(8);
  goAway.writeUInt32BE(1, 0);
  const called = await speakFrames(opened, certificates);
  called.write(Buffer.concat([headersFrame(1, 0x4), frame(0, 0x1, 1, Buffer.alloc(5))]));
  await answered(called);
  called.write(frame(7, 0, 0, goAway));
  await closed(called);
  assert.deepEqual(opened.refused, []);
  const uncalled = await speakFrames(opened, certificates);
  uncalled.write(frame(7, 0, 0, goAway));
  await closed(uncalled);
  await opened.whenRefused(/HTTP\/2 session failed: Protocol error/);
});

/** A frame of headers that ends its stream: the status of the call. */
function answered(socket: tls.TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        if (bytes[3] === 1 && ((bytes[4] ?? 0) & 0x1) !== 0) resolve();
        bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
      }
    });
  });
}
