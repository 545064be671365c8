import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import { before, test } from "node:test";
import { grpcCodes } from "@sallyport/api";
import { type MethodRunner, StatusError } from "./index.ts";
import { defaultLimits } from "./limits.ts";
import { MAX_TURN_BYTES } from "./serve-exchange.ts";
import { makeTestCertificates, type TestCertificates } from "./testing/certificates.ts";
import { post, rawSession, steppedClock } from "./testing/hostile-client.ts";
import { openTransport } from "./testing/open-transport.ts";

let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

const path = "/test.Exchange/Talk";

/** Says back what it hears, up to "bye"; how it ended is told to `onEnd`. */
function talk(onEnd: (error: unknown) => void = () => {}): MethodRunner {
  return {
    path,
    kind: "bidi_streaming",
    run: async function* (requests) {
      try {
        for await (const bytes of requests) {
          yield bytes;
          if (Buffer.from(bytes).toString() === "bye") return;
        }
        onEnd(undefined);
      } catch (error) {
        onEnd(error);
        throw error;
      }
    },
  };
}

const open = (runner: MethodRunner, uploadTimeoutMs = defaultLimits.uploadTimeoutMs) =>
  openTransport(certificates, [runner], { limits: { ...defaultLimits, uploadTimeoutMs } });

test("an exchange goes in turns, and ends with the service's last word though the client's side is open", async () => {
  await using opened = await open(talk());
  const { call, status } = opened.client(certificates.alice).exchange(path);
  for (const word of ["one", "two", "bye"]) {
    call.write(Buffer.from(word));
    const [heard] = await once(call, "data");
    assert.equal(String(heard), word);
  }
  assert.equal((await status).code, grpcCodes.ok);
});

test("a client that has no more to say ends what the service hears", async () => {
  const ended = Promise.withResolvers<unknown>();
  await using opened = await open(talk(ended.resolve));
  const { call, status } = opened.client(certificates.alice).exchange(path);
  call.resume();
  call.end();
  assert.equal(await ended.promise, undefined);
  assert.equal((await status).code, grpcCodes.ok);
});

test("threat 9: a silent client is told that it took too long, and the handler hears of it", async () => {
  const ended = Promise.withResolvers<unknown>();
  await using opened = await open(talk(ended.resolve), 50);
  const { call, status } = opened.client(certificates.alice).exchange(path);
  call.write(Buffer.from("one"));
  call.resume();
  const { code, details } = await status;
  assert.deepEqual([code, details], [grpcCodes.deadline_exceeded, "the exchange took too long; begin again"]);
  assert.ok((await ended.promise) instanceof StatusError);
});

test("threat 9: large messages are refused one by one, so none are kept", async () => {
  await using opened = await open(talk());
  const client = opened.client(certificates.alice);
  const small = client.exchange(path);
  small.call.write(Buffer.alloc(MAX_TURN_BYTES, "a"));
  const [heard] = await once(small.call, "data");
  assert.equal(heard.length, MAX_TURN_BYTES);
  small.call.end();
  const large = client.exchange(path);
  large.call.resume();
  large.call.write(Buffer.alloc(MAX_TURN_BYTES + 1, "a"));
  const { code, details } = await large.status;
  assert.equal(code, grpcCodes.resource_exhausted);
  assert.equal(details, "a message of an exchange has at most 131072 bytes");
});

test("a client that leaves ends what the service hears, and nothing of the exchange is left", async () => {
  const ended = Promise.withResolvers<unknown>();
  await using opened = await open(talk(ended.resolve));
  const { call } = opened.client(certificates.alice).exchange(path);
  call.write(Buffer.from("one"));
  await once(call, "data");
  call.cancel();
  const error = await ended.promise;
  // Clients of HTTP/2 may say that they have no more to say before they reset the stream.
  assert.ok(error === undefined || (error instanceof StatusError && error.code === grpcCodes.cancelled));
  await opened.transport.stop(0);
});

test("a stop ends what is still talking", async () => {
  await using opened = await open(talk());
  const { call, status } = opened.client(certificates.alice).exchange(path);
  call.write(Buffer.from("one"));
  await once(call, "data");
  call.resume();
  await opened.transport.stop(1000);
  assert.equal((await status).code, grpcCodes.unavailable);
});

test("threat 9: who has the last answer and does not end their own side is reset", async () => {
  const { clock, pass } = steppedClock();
  await using opened = await openTransport(certificates, [talk()], { clock });
  const session = rawSession(opened, certificates);
  const stream = post(session, { ":path": path });
  const answered = once(stream, "trailers");
  stream.resume().write(Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), Buffer.from("bye")]));
  const [trailers] = await answered;
  assert.equal(trailers["grpc-status"], "0");
  assert.equal(stream.closed, false);
  const over = once(stream, "close");
  pass(defaultLimits.uploadTimeoutMs);
  pass(defaultLimits.uploadTimeoutMs);
  await over;
  assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL);
  session.destroy();
});
