import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import { before, test } from "node:test";
import * as tls from "node:tls";
import { gzipSync } from "node:zlib";
import { grpcCodes } from "@sallyport/api";
import { type MethodRunner, StatusError, type TransportCall } from "./seam.ts";
import { makeTestCertificates, type TestCertificates } from "./testing/certificates.ts";
import { openTransport } from "./testing/open-transport.ts";

let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

const bytes = (text: string) => Buffer.from(text);

const whoami: MethodRunner = {
  path: "/test.Service/WhoAmI",
  kind: "unary",
  run: async (request, call) =>
    bytes(
      `${call.connection.peer ?? "nobody"}:${Buffer.from(request).toString()}:${call.header("x-note") ?? ""}`,
    ),
};

const fail: MethodRunner = {
  path: "/test.Service/Fail",
  kind: "unary",
  run: async (request) => {
    if (request.length === 0) throw new Error("the secret password is hunter2");
    throw new StatusError(grpcCodes.permission_denied, `denied – ${"\ud800"}`, {
      "sallyport-reason": "ACCESS_DENIED",
    });
  },
};

const count: MethodRunner = {
  path: "/test.Service/Count",
  kind: "server_streaming",
  async *run(request) {
    for (let index = 0; index < Number(Buffer.from(request).toString()); index += 1)
      yield bytes(String(index));
  },
};

test("the identity of the connection reaches the handler, an anonymous one as none", async () => {
  await using opened = await openTransport(certificates, [whoami]);
  const ask = (who?: { key: string; cert: string }) => opened.client(who).unary(whoami.path, bytes("hello"));
  const answers = await Promise.all([ask(certificates.alice), ask(certificates.bob), ask()]);
  assert.deepEqual(
    answers.map((answer) => answer.bytes?.toString()),
    ["alice:hello:", "bob:hello:", "nobody:hello:"],
  );
});

test("threat 6: each connection is the holder of its own key, in whatever order they speak", async () => {
  await using opened = await openTransport(certificates, [whoami]);
  const [alice, bob] = [opened.client(certificates.alice), opened.client(certificates.bob)];
  for (const [client, name] of [
    [alice, "alice"],
    [bob, "bob"],
    [alice, "alice"],
  ] as const) {
    assert.equal((await client.unary(whoami.path, bytes("hello"))).bytes?.toString(), `${name}:hello:`);
  }
  const posing = { key: certificates.bob.key, cert: certificates.alice.cert };
  await assert.rejects(async () => opened.client(posing).unary(whoami.path, bytes("hello")));
});

test("threat 14: a certificate that fails verification ends the connection, it is never treated as none", async () => {
  await using opened = await openTransport(certificates, [whoami]);
  for (const who of [certificates.stranger, certificates.viaIntermediate]) {
    const answer = await opened.client(who).unary(whoami.path, bytes("hello"));
    assert.equal(answer.code, grpcCodes.unavailable);
    assert.equal(answer.bytes, undefined);
  }
  assert.ok(opened.refused.includes("not issued by a CA of this cluster"));
});

test("the version header comes with every answer, and unknown methods are unimplemented", async () => {
  await using opened = await openTransport(certificates, [whoami, fail, count]);
  const client = opened.client(certificates.alice);
  const answers = [
    await client.unary(whoami.path, bytes("")),
    await client.unary(fail.path, bytes("x")),
    await client.unary("/test.Service/Nothing", bytes("x")),
  ];
  assert.deepEqual(
    answers.map((answer) => [answer.code, answer.header?.get("version")]),
    [0, grpcCodes.permission_denied, grpcCodes.unimplemented].map((code) => [code, ["18.0.0"]]),
  );
  const { call, status } = client.stream(count.path, bytes("0"));
  const [header] = await once(call, "metadata");
  call.resume();
  assert.deepEqual(header.get("version"), ["18.0.0"]);
  assert.equal((await status).code, 0);
});

test("an error crosses with code, message and trailers, and a stranger's error with neither text nor cause", async () => {
  await using opened = await openTransport(certificates, [fail]);
  const client = opened.client(certificates.alice);
  const denied = await client.unary(fail.path, bytes("x"));
  assert.equal(denied.message, "denied – \ufffd");
  assert.deepEqual(denied.trailer?.get("sallyport-reason"), ["ACCESS_DENIED"]);
  const broken = await client.unary(fail.path, bytes(""));
  assert.equal(broken.code, grpcCodes.internal);
  assert.doesNotMatch(broken.message, /hunter2/);
});

test("threat 38: a message above the limit is refused as ResourceExhausted, also for the anonymous at theirs", async () => {
  await using opened = await openTransport(certificates, [whoami], {
    limits: {
      maxMessageBytes: 10_000,
      anonymous: {
        maxMessageBytes: 100,
        maxConcurrentStreams: 4,
        maxPendingBytes: 1_000,
        idleTimeoutMs: 60_000,
      },
    },
  });
  const big = await opened.client(certificates.alice).unary(whoami.path, Buffer.alloc(10_001));
  assert.equal(big.code, grpcCodes.resource_exhausted);
  const small = await opened.client().unary(whoami.path, Buffer.alloc(101));
  assert.equal(small.code, grpcCodes.resource_exhausted);
});

test("a stream keeps its order and asks its source no faster than the client reads", async () => {
  let produced = 0;
  const flood: MethodRunner = {
    path: "/test.Service/Flood",
    kind: "server_streaming",
    async *run() {
      for (; produced < 2_000; produced += 1) yield Buffer.alloc(10_000, produced % 251);
    },
  };
  await using opened = await openTransport(certificates, [flood]);
  const client = opened.client(certificates.alice);
  const { call, status } = client.stream(flood.path, bytes(""));
  call.pause();
  await once(call, "metadata");
  await opened.client(certificates.bob).unary("/test.Service/Nothing", bytes(""));
  assert.ok(produced < 200, `${produced} messages were produced for a client that read none`);
  let read = 0;
  for await (const message of call) {
    assert.equal(message[0], read % 251);
    read += 1;
  }
  assert.equal(read, 2_000);
  assert.equal((await status).code, 0);
});

test("a handler hears that its client went away, that the deadline passed, and that the transport stops", async () => {
  const calls: TransportCall[] = [];
  const forever: MethodRunner = {
    path: "/test.Service/Forever",
    kind: "unary",
    run: async (_request, call) => {
      calls.push(call);
      await once(call.signal, "abort");
      throw call.signal.reason;
    },
  };
  await using opened = await openTransport(certificates, [forever]);
  const waiting = opened.client(certificates.alice);
  // On a busy machine the time may be over before the call has arrived.
  for (let patienceMs = 50; calls.length === 0; patienceMs *= 2) {
    const late = await waiting.unary(forever.path, bytes(""), { deadline: Date.now() + patienceMs });
    assert.equal(late.code, grpcCodes.deadline_exceeded);
  }
  const [late] = calls.splice(0);
  // The client keeps the time as well, so what the server sees first may be its leaving.
  if (!late!.signal.aborted) await once(late!.signal, "abort");
  assert.ok([grpcCodes.deadline_exceeded, grpcCodes.cancelled].includes(late!.signal.reason.code));
  assert.ok(late!.deadlineAt! > 0);

  const leaving = opened.client(certificates.alice);
  const answer = leaving.unary(forever.path, bytes(""));
  const left = () => calls.find(({ connection }) => connection !== late!.connection);
  while (left() === undefined) await new Promise((resolve) => setImmediate(resolve));
  const { signal, connection } = left()!;
  const gone = once(signal, "abort");
  connection.close();
  await gone;
  assert.equal(signal.reason.code, grpcCodes.cancelled);
  assert.equal((await answer).code, grpcCodes.unavailable);
});

test("a graceful stop answers unary calls, ends streams as Unavailable and refuses new connections", async () => {
  const release = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const slow: MethodRunner = {
    path: "/test.Service/Slow",
    kind: "unary",
    run: async () => {
      entered.resolve();
      await release.promise;
      return bytes("done");
    },
  };
  let streamSignal: AbortSignal | undefined;
  const watch: MethodRunner = {
    path: "/test.Service/Watch",
    kind: "server_streaming",
    async *run(_request, call) {
      streamSignal = call.signal;
      yield bytes("first");
      await once(call.signal, "abort");
    },
  };
  await using opened = await openTransport(certificates, [slow, watch]);
  const client = opened.client(certificates.alice);
  const answer = client.unary(slow.path, bytes(""));
  const { call, status } = client.stream(watch.path, bytes(""));
  await Promise.all([once(call, "data"), entered.promise]);
  const stopped = opened.transport.stop(10_000);
  assert.equal((await status).code, grpcCodes.unavailable);
  assert.ok(streamSignal?.aborted);
  release.resolve();
  assert.deepEqual(
    { ...(await answer), header: 0, trailer: 0 },
    { bytes: bytes("done"), code: 0, message: "OK", header: 0, trailer: 0 },
  );
  await stopped;
  const refusal = await opened.client(certificates.alice).unary(slow.path, bytes(""));
  assert.equal(refusal.code, grpcCodes.unavailable);
  assert.equal(opened.transport.load.connections, 0);
});

test("retired connections answer what runs and take nothing new; the client comes anew with no refused call", async () => {
  const release = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const ids: string[] = [];
  const held: MethodRunner = {
    path: "/test.Service/Held",
    kind: "unary",
    run: async (request, { connection }) => {
      ids.push(`${connection.peer}-${connection.id}`);
      if (request.length > 0) {
        entered.resolve();
        await release.promise;
      }
      return bytes("done");
    },
  };
  await using opened = await openTransport(certificates, [held]);
  const [alice, bob] = [opened.client(certificates.alice), opened.client(certificates.bob)];
  await bob.unary(held.path, bytes(""));
  const running = alice.unary(held.path, bytes("wait"));
  await entered.promise;
  opened.transport.retire(({ peer }) => peer === "alice");
  const next = await Promise.all(Array.from({ length: 20 }, () => alice.unary(held.path, bytes(""))));
  release.resolve();
  assert.deepEqual([...new Set([...next, await running].map(({ code }) => code))], [0]);
  await bob.unary(held.path, bytes(""));
  const connectionsOf = (name: string) => new Set(ids.filter((id) => id.startsWith(name))).size;
  assert.deepEqual([connectionsOf("alice"), connectionsOf("bob")], [2, 1]);
});

test("a stop cuts what is left after the grace time", async () => {
  const entered = Promise.withResolvers<void>();
  const stuck: MethodRunner = {
    path: "/test.Service/Stuck",
    kind: "unary",
    run: () => {
      entered.resolve();
      return new Promise(() => {});
    },
  };
  await using opened = await openTransport(certificates, [stuck]);
  const answer = opened.client(certificates.alice).unary(stuck.path, bytes(""));
  await entered.promise;
  await opened.transport.stop(20);
  assert.notEqual((await answer).code, 0);
});

test("compressed requests are read, and a bomb among them is refused", async () => {
  await using opened = await openTransport(certificates, [whoami], { limits: { maxMessageBytes: 100_000 } });
  const session = http2.connect(`https://127.0.0.1:${opened.port}`, {
    ca: certificates.ca,
    ...certificates.alice,
  });
  const send = async (plain: Buffer) => {
    const zipped = gzipSync(plain);
    const frame = Buffer.alloc(5);
    frame.writeUInt8(1, 0);
    frame.writeUInt32BE(zipped.length, 1);
    const stream = session.request({
      ":method": "POST",
      ":path": whoami.path,
      "content-type": "application/grpc",
      "grpc-encoding": "gzip",
      te: "trailers",
    });
    stream.end(Buffer.concat([frame, zipped]));
    let status: unknown;
    stream.on("response", (headers) => {
      status = headers["grpc-status"];
    });
    stream.on("trailers", (headers) => {
      status = headers["grpc-status"];
    });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { status, body: Buffer.concat(chunks).toString("latin1") };
  };
  const small = await send(bytes("squeezed"));
  assert.match(small.body, /alice:squeezed:/);
  const bomb = await send(Buffer.alloc(5_000_000));
  assert.equal(bomb.status, String(grpcCodes.resource_exhausted));
  session.close();
});

test("HTTP/1.1 is served on the same port, with the identity, also where nothing is negotiated", async () => {
  await using opened = await openTransport(certificates, [whoami]);
  for (const ALPNProtocols of [["http/1.1"], []]) {
    const socket = tls.connect({
      port: opened.port,
      host: "127.0.0.1",
      ca: certificates.ca,
      ALPNProtocols,
      ...certificates.alice,
    });
    socket.write("GET /v2/authservers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += chunk;
    assert.match(text, /^HTTP\/1.1 200 OK/);
    assert.match(text, /{"path":"\/v2\/authservers","peer":"alice"}/);
  }
});

test("the request names the client CAs, and new TLS material counts from the next handshake", async () => {
  await using opened = await openTransport(certificates, [whoami]);
  const serverOf = async () => {
    const socket = tls.connect({ port: opened.port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const name = socket.getPeerX509Certificate()?.subject;
    socket.destroy();
    return name;
  };
  assert.match((await serverOf()) ?? "", /CN=server/);
  opened.transport.setTls({ ...certificates.bob, clientCas: [certificates.ca] });
  assert.match((await serverOf()) ?? "", /CN=bob/);
});
