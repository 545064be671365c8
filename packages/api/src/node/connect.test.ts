import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AuthService } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { Operation } from "#gen/teleport/legacy/client/proto/event_pb.js";
import { StatusError } from "../client/transport.ts";
import { grpcCodes, isAppError } from "../errors/index.ts";
import { type ConnectOptions, clusterServerName, connect } from "./connect.ts";
import { fromFiles } from "./from-files.ts";
import { fromMemory } from "./from-memory.ts";
import { GrpcTestServer } from "./testing/grpc-test-server.ts";
import { createTestAuthority, type PemPair, type TestAuthority } from "./testing/test-certificates.ts";

const { method } = AuthService;
const serverNames = { dns: ["teleport.cluster.local", "*.teleport.cluster.local"] };
let authority: TestAuthority;
let serverTls: PemPair & { ca: string };
let alice: PemPair;
const folder = mkdtempSync(join(tmpdir(), "sallyport-connect-"));

before(async () => {
  authority = await createTestAuthority("example");
  const { ca } = authority;
  serverTls = { ...(await authority.issue("auth", serverNames)), ca };
  alice = await authority.issue("alice");
});
after(() => rmSync(folder, { recursive: true }));

const asAlice = () => fromMemory({ ...alice, ca: authority.ca });
const connectTo = (port: number, options: Partial<ConnectOptions> = {}) =>
  connect({ address: `127.0.0.1:${port}`, credentials: asAlice(), connectTimeoutMs: 10_000, ...options });

/** Accepts connections and says nothing. */
async function listenSilently() {
  const server = createTcpServer();
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

test("mutual TLS: calls, metadata, errors with their reasons", async () => {
  let version: unknown;
  const server = await new GrpcTestServer()
    .answer(method.ping, (_, call) => {
      version = call.metadata.get("version")[0];
      return { ClusterName: "example" };
    })
    .answer(method.getRole, () => {
      throw new StatusError(grpcCodes.permission_denied, "locked out – \u{1f512}", {
        "sallyport-reason": "LOCKED",
        "sallyport-details": '{"lock":"l1"}',
        "sallyport-request-id": "r1",
      });
    })
    .listen(serverTls);
  try {
    await using client = await connectTo(server.port);
    assert.equal((await client.ping()).ClusterName, "example");
    assert.equal(version, "18.0.0");
    assert.deepEqual([client.identity.username, client.identity.clusterName], ["alice", "example"]);
    assert.ok(!("key" in client.identity));
    await assert.rejects(client.roles.get("ops"), (error) => {
      assert.ok(isAppError(error, "LOCKED"));
      assert.equal(error.message, "locked out – \u{1f512}");
      assert.deepEqual(error.details, { lock: "l1", requestId: "r1" });
      return true;
    });
    await assert.rejects(client.locks.get("x"), (error) => isAppError(error, "NOT_IMPLEMENTED"));
  } finally {
    server.stop();
  }
});

test("a deadline and an abort signal end a call that hangs, and the server learns of it", async () => {
  let cancelled = () => {};
  const toldServer = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const server = await new GrpcTestServer()
    .answer(method.ping, (_, call) => {
      call.on("cancelled", cancelled);
      arrived();
      return new Promise(() => {});
    })
    .listen(serverTls);
  try {
    await using client = await connectTo(server.port);
    await assert.rejects(client.ping({ timeoutMs: 50 }), (error) => isAppError(error, "DEADLINE_EXCEEDED"));
    await toldServer;
    await arrival;
    const ending = new AbortController();
    const call = client.ping({ signal: ending.signal });
    ending.abort();
    await assert.rejects(call, (error) => isAppError(error, "CANCELLED"));
    const hanging = client.ping();
    await client.close();
    await assert.rejects(hanging, (error) => isAppError(error, "CANCELLED"));
    await assert.rejects(
      client.ping(),
      (error) => isAppError(error, "CANCELLED") && /closed/.test(error.message),
    );
    await assert.rejects(client.address(), (error) => isAppError(error, "CANCELLED"));
  } finally {
    server.stop();
  }
});

test("a watch outlives a server that is killed and comes back, and misses nothing", async () => {
  const log = ["a", "b", "c", "d"];
  const serve = (upTo: number) =>
    new GrpcTestServer().stream(method.watchEvents, async function* (request, call) {
      const from = Number(request.sallyportCursor || "0");
      const Resource = { case: "WatchStatus", value: { Kind: "watch_status" } } as const;
      yield { Type: Operation.INIT, Resource, sallyportCursor: `${from}` };
      for (const [index, Name] of log.entries()) {
        if (index < from || index >= upTo) continue;
        const Role = { case: "Role", value: { Kind: "role", Metadata: { Name } } } as const;
        yield { Type: Operation.PUT, Resource: Role, sallyportCursor: `${index + 1}` };
      }
      await new Promise((resolve) => call.on("cancelled", resolve));
    });
  let server = await serve(2).listen(serverTls);
  const { port } = server;
  await using client = await connectTo(port);
  const seen: string[] = [];
  for await (const event of client.watch(["role"])) {
    seen.push(event.type === "put" ? event.name : event.type);
    if (seen.length === 3) {
      server.stop();
      server = await serve(4).listen(serverTls, port);
    }
    if (seen.length === 5) break;
  }
  server.stop();
  assert.deepEqual(seen, ["init", "a", "b", "c", "d"]);
});

test("closing the client ends a watch with CANCELLED; aborting ends it quietly", async () => {
  const server = await new GrpcTestServer()
    .stream(method.watchEvents, async function* (_, call) {
      yield { Type: Operation.INIT };
      await new Promise((resolve) => call.on("cancelled", resolve));
    })
    .listen(serverTls);
  try {
    const client = await connectTo(server.port);
    const ending = new AbortController();
    for await (const _ of client.watch(["role"], { signal: ending.signal })) ending.abort();
    await assert.rejects(
      async () => {
        for await (const _ of client.watch(["role"])) await client.close();
      },
      (error) => isAppError(error, "CANCELLED"),
    );
  } finally {
    server.stop();
  }
});

test("an answer of more than 4 MiB is LIMIT_EXCEEDED, and a smaller page gets through", async () => {
  const server = await new GrpcTestServer()
    .answer(method.listAccessRequests, ({ Limit }) => ({
      AccessRequests: Array.from({ length: Limit }, () => ({ Spec: { RequestReason: "x".repeat(30_000) } })),
    }))
    .listen(serverTls);
  try {
    await using client = await connectTo(server.port);
    const whole = client.auth.listAccessRequests({ Limit: 200 });
    await assert.rejects(whole, (error) => isAppError(error, "LIMIT_EXCEEDED"));
    let count = 0;
    for await (const _ of client.accessRequests.list()) count += 1;
    assert.equal(count, 100);
  } finally {
    server.stop();
  }
});

test("a connection that is hung up during its TLS handshake is gone for the other side too", async () => {
  const server = createTcpServer();
  const arrived = new Promise<Socket>((resolve) => server.once("connection", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ending = new AbortController();
  const { port } = server.address() as AddressInfo;
  const dialled = connectTo(port, { signal: ending.signal });
  const socket = await arrived;
  const gone = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {}).resume();
  // The client has begun to speak.
  await new Promise((resolve) => socket.once("data", resolve));
  ending.abort();
  await assert.rejects(dialled, (error) => isAppError(error, "CANCELLED"));
  await gone;
  server.close();
});

test("of several addresses the first that answers is used, and another when it goes away", async () => {
  const named = (ClusterName: string) => new GrpcTestServer().answer(method.ping, () => ({ ClusterName }));
  const silent = await listenSilently();
  const deaf = `127.0.0.1:${silent.port}`;
  const one = await named("one").listen(serverTls);
  const address = ["127.0.0.1:1", deaf, `127.0.0.1:${one.port}`];
  const two = await named("two").listen(serverTls);
  two.stop();
  try {
    await using client = await connect({
      address: [...address, `127.0.0.1:${two.port}`],
      credentials: asAlice(),
    });
    assert.equal((await client.ping()).ClusterName, "one");
    assert.equal(await client.address(), `127.0.0.1:${one.port}`);
    const again = await named("two").listen(serverTls, two.port);
    one.stop();
    await assert.rejects(client.ping(), (error) => isAppError(error, "UNAVAILABLE"));
    assert.equal((await client.ping()).ClusterName, "two");
    again.stop();
  } finally {
    silent.close();
  }
});

test("who cannot be reached is named, and why", async () => {
  const nobody = connect({ address: ["127.0.0.1:1", "127.0.0.1:2"], credentials: asAlice() });
  await assert.rejects(nobody, (error) => {
    assert.ok(isAppError(error, "UNAVAILABLE"));
    assert.match(
      error.message,
      /127\.0\.0\.1:1: connect ECONNREFUSED.*; 127\.0\.0\.1:2: connect ECONNREFUSED/,
    );
    return true;
  });
  const silent = await listenSilently();
  const { port } = silent;
  await assert.rejects(connectTo(port, { connectTimeoutMs: 50 }), (error) =>
    isAppError(error, "UNAVAILABLE"),
  );
  const aborted = connectTo(port, { signal: AbortSignal.abort() });
  await assert.rejects(aborted, (error) => isAppError(error, "CANCELLED"));
  silent.close();
  const untyped = connect as (options: object) => Promise<never>;
  for (const [options, message] of [
    [{ address: [], credentials: asAlice() }, /no address/],
    [{ credentials: asAlice() }, /no address/],
    [{ address: "127.0.0.1" }, /credentials are missing/],
    [{ address: "127.0.0.1", credentials: "auth.pem" }, /credentials are not in a form/],
    [{ address: "127.0.0.1", credentials: { cert: "", key: "", ca: "" } }, /come from .* or fromMemory/],
    [
      { address: "127.0.0.1", credentials: fromFiles({} as never) },
      /the path of a client certificate is missing/,
    ],
  ] as const) {
    await assert.rejects(untyped(options), { reason: "BAD_PARAMETER", message });
  }
});

test("a server of another cluster, or for another name, is not spoken to", async () => {
  const stranger = await createTestAuthority("stranger");
  const strangerTls = { ...(await stranger.issue("auth", serverNames)), ca: authority.ca };
  const other = {
    ...(await authority.issue("node", { dns: ["node.example"], ip: ["127.0.0.1"] })),
    ca: authority.ca,
  };
  for (const [tls, words, hint] of [
    [strangerTls, /unable to verify|self-signed|signature failure/i, /not of the cluster that issued/],
    [other, /does not match certificate's altnames/, /certificate for another name/],
  ] as const) {
    const server = await new GrpcTestServer().answer(method.ping, () => ({})).listen(tls);
    await assert.rejects(
      connectTo(server.port),
      (error) => isAppError(error, "UNAVAILABLE") && words.test(error.message) && hint.test(error.hint ?? ""),
    );
    server.stop();
  }
  const server = await new GrpcTestServer()
    .answer(method.ping, () => ({ ClusterName: "byHost" }))
    .listen(other);
  await using client = await connectTo(server.port, { serverName: null });
  assert.equal((await client.ping()).ClusterName, "byHost");
  server.stop();
});

test("the name of a cluster is asked for in hex", async () => {
  assert.equal(clusterServerName("example"), "6578616d706c65.teleport.cluster.local");
  const server = await new GrpcTestServer().answer(method.ping, () => ({})).listen(serverTls);
  await using client = await connectTo(server.port, { serverName: clusterServerName("example") });
  await client.ping();
  server.stop();
});

test("renewed credential files are used without a word, half written ones are not", async () => {
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const files = {
    cert: put("c.crt", alice.cert),
    key: put("c.key", alice.key),
    ca: put("c.cas", authority.ca),
  };
  const server = await new GrpcTestServer().answer(method.ping, () => ({})).listen(serverTls);
  let failed: (error: unknown) => void = () => {};
  const failure = new Promise<unknown>((resolve) => {
    failed = resolve;
  });
  try {
    await using client = await connectTo(server.port, {
      credentials: fromFiles(files),
      reloadCredentialsMs: 5,
      onReloadError: (error) => failed(error),
    });
    const username = (): string => client.identity.username;
    const renewed = await authority.issue("alice-renewed");
    put("c.crt", renewed.cert);
    assert.ok(isAppError(await failure, "BAD_PARAMETER"), "the key is still the old one");
    assert.equal(username(), "alice");
    put("c.key", renewed.key);
    while (username() !== "alice-renewed") await new Promise(setImmediate);
    await client.ping();
  } finally {
    server.stop();
  }
});

test("JSON calls go over HTTP/1.1 with the same certificate, and fail with the same reasons", async () => {
  const seen: unknown[] = [];
  const server: Server = createServer(
    { ...serverTls, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const peer = (request.socket as import("node:tls").TLSSocket).getPeerCertificate().subject.CN;
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        seen.push([request.method, request.url, peer, body]);
        if (request.url === "/v2/none") {
          response.writeHead(404).end('{"error":{"message":"no such thing"}}');
        } else if (request.url === "/v2/odd") response.writeHead(500).end("<html>");
        else if (request.url === "/v2/large") response.end("x".repeat(5 * 1024 * 1024));
        else if (request.url === "/v2/text") response.end("text");
        else if (request.url !== "/v2/hangs") response.end(request.method === "DELETE" ? "" : "[]");
      });
    },
  );
  const grpcServer = await new GrpcTestServer().listen(serverTls);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { callJson } = await import("./http-json.ts");
  const settings = {
    material: await asAlice().load(),
    serverName: "teleport.cluster.local",
    keepaliveMs: 60_000,
  };
  const call = (path: string, options = {}) =>
    callJson({ host: "127.0.0.1", port }, settings, { method: "GET", path }, options);
  try {
    assert.deepEqual(await call("/v2/authservers"), []);
    const remove = { method: "DELETE", path: "/v2/proxies/p", body: { a: 1 } } as const;
    assert.equal(await callJson({ host: "127.0.0.1", port }, settings, remove), undefined);
    assert.deepEqual(seen, [
      ["GET", "/v2/authservers", "alice", ""],
      ["DELETE", "/v2/proxies/p", "alice", '{"a":1}'],
    ]);
    await assert.rejects(
      call("/v2/none"),
      (error) => isAppError(error, "NOT_FOUND") && error.message === "no such thing",
    );
    await assert.rejects(call("/v2/odd"), (error) => isAppError(error, "INTERNAL"));
    await assert.rejects(call("/v2/large"), (error) => isAppError(error, "LIMIT_EXCEEDED"));
    await assert.rejects(call("/v2/text"), (error) => isAppError(error, "UNAVAILABLE"));
    await assert.rejects(call("/v2/hangs", { timeoutMs: 30 }), (error) =>
      isAppError(error, "DEADLINE_EXCEEDED"),
    );
    const signal = AbortSignal.timeout(30);
    await assert.rejects(call("/v2/hangs", { signal }), (error) => isAppError(error, "CANCELLED"));
    const stranger = await createTestAuthority("stranger");
    const wary = { ...settings, material: { ...settings.material, ca: stranger.ca } };
    const refused = callJson({ host: "127.0.0.1", port }, wary, { method: "GET", path: "/" });
    await assert.rejects(refused, (error) => isAppError(error, "UNAVAILABLE"));
  } finally {
    server.closeAllConnections();
    server.close();
    grpcServer.stop();
  }
});
