import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { before, test } from "node:test";
import { grpcCodes } from "@sallyport/api";
import { type MethodRunner, StatusError } from "./seam.ts";
import { makeTestCertificates, type TestCertificates } from "./testing/certificates.ts";
import { echo, post, rawSession, steppedClock } from "./testing/hostile-client.ts";
import { type OpenTransport, openTransport } from "./testing/open-transport.ts";

let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

const serves = async (opened: OpenTransport) =>
  assert.equal((await opened.client(certificates.bob).unary(echo.path, Buffer.from("x"))).code, 0);

test("threat 18: a stream whose client reads nothing is reset when it must end", async () => {
  const { clock, pass, pending } = steppedClock();
  const ends: (() => void)[] = [];
  const flood: MethodRunner = {
    path: "/test.Service/Flood",
    kind: "server_streaming",
    async *run(_request, call) {
      ends.push(() => call.end(new StatusError(grpcCodes.permission_denied, "access denied")));
      while (!call.signal.aborted) yield Buffer.alloc(100_000);
    },
  };
  await using opened = await openTransport(certificates, [flood, echo], { clock });
  const session = rawSession(opened, certificates);
  const stream = post(session, { ":path": flood.path });
  stream.end(Buffer.alloc(5));
  await once(stream, "response");
  await serves(opened);
  ends[0]?.();
  assert.ok(pending(5_000));
  const over = once(stream, "close");
  pass(5_000);
  stream.resume();
  await over;
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
  session.destroy();
});

test("threat 9: a stream whose client reads nothing for 30 s is ended, and others are served", async () => {
  const { clock, pass, pending } = steppedClock();
  const heard: unknown[] = [];
  const flood: MethodRunner = {
    path: "/test.Service/Flood",
    kind: "server_streaming",
    async *run(_request, call) {
      call.signal.addEventListener("abort", () => heard.push(call.signal.reason));
      while (!call.signal.aborted) yield Buffer.alloc(100_000);
    },
  };
  await using opened = await openTransport(certificates, [flood, echo], { clock });
  const session = rawSession(opened, certificates);
  const stream = post(session, { ":path": flood.path });
  stream.end(Buffer.alloc(5));
  await once(stream, "response");
  await serves(opened);
  assert.ok(pending(30_000));
  pass(30_000);
  await serves(opened);
  assert.match(String(heard[0]), /too slow/);
  const over = once(stream, "close");
  pass(5_000);
  stream.resume();
  await over;
  session.destroy();
});
