import assert from "node:assert/strict";
import { once } from "node:events";
import { before, test } from "node:test";
import { create, type DescService, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError, grpcCodes } from "@sallyport/api";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { Caller } from "../caller.ts";
import { registerServices, serve } from "../compose/register-services.ts";
import { RefusedAct } from "../refused-act.ts";
import { type Access, type Call, Encoded } from "../table.ts";
import { callerWho } from "../testing/callers.ts";
import { echoService } from "../testing/echo-service.ts";
import { makeTestCertificates, type TestCertificates } from "../transport/testing/certificates.ts";
import { openTransport } from "../transport/testing/open-transport.ts";
import { Pipeline } from "./pipeline.ts";
import { createRefusalCounter } from "./refusal-counter.ts";
import { type Refusal, Refusals } from "./refusals.ts";
import type { StepTools } from "./steps.ts";

const echo = echoService();
const Note = echo.methods[0]!.input;
const note = (text: string) => toBinary(Note, create(Note, { text }));
const textOf = (bytes: Uint8Array | undefined) =>
  bytes && (fromBinary(Note, bytes) as unknown as { text: string }).text;

const path = (method: string) => `/test.Echo/${method}`;
let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

type LooseHandle = (request: { text: string }, call: Call) => unknown;
type LooseTable = Record<string, { access: Access; handle: LooseHandle }>;

const answer: LooseHandle = (request, call) => ({ text: `${call.caller.name || "nobody"}:${request.text}` });

const table = (overrides: LooseTable = {}): LooseTable => ({
  open: { access: { anyone: true, why: "the test" }, handle: answer },
  ruled: { access: { kind: "role", verbs: ["read"] }, handle: answer },
  forServices: { access: { systemRoles: ["Proxy"] }, handle: answer },
  decided: { access: { decidedBy: "the test" }, handle: answer },
  watch: {
    access: { decidedBy: "the test" },
    handle: async function* (request, call) {
      yield { text: request.text };
      if (!call.signal.aborted) await once(call.signal, "abort");
    },
  },
  ...overrides,
});

async function open(overrides: LooseTable = {}, tools: Partial<StepTools & { burst: number }> = {}) {
  const told: Refusal[] = [];
  const logged: unknown[] = [];
  const logger = { ...silentLogger, error: (_message: string, fields?: unknown) => void logged.push(fields) };
  const counter = createRefusalCounter(systemClock, silentLogger);
  const refusals = new Refusals({
    nameOf: (connection) => connection.peer as string | undefined,
    onRefusal: (refusal) => void told.push(refusal),
    counter,
    clock: systemClock,
    logger,
    burst: tools.burst ?? 100,
    perSecond: 0,
  });
  const pipeline = new Pipeline({
    authenticate: (connection): Caller =>
      connection.peer === undefined
        ? callerWho("anonymous", "", [])
        : callerWho("user", String(connection.peer), connection.peer === "alice" ? ["role:read"] : []),
    watchCaller: () => () => {},
    refusals,
    logger,
    clock: systemClock,
    ...tools,
  });
  const opened = await openTransport(certificates, []);
  const service = echo as DescService;
  registerServices(opened.transport, [serve(service, table(overrides) as never)], pipeline);
  return { ...opened, told, logged, counter };
}

test("threat 13: without a certificate only what is for anyone is answered", async () => {
  await using opened = await open();
  const client = opened.client();
  const codes: number[] = [];
  for (const method of ["Open", "Ruled", "ForServices", "Decided"]) {
    codes.push((await client.unary(path(method), note("hi"))).code);
  }
  const stream = client.stream(path("Watch"), note("hi"));
  stream.call.resume();
  codes.push((await stream.status).code);
  const denied = grpcCodes.permission_denied;
  assert.deepEqual(codes, [0, denied, denied, denied, denied]);
  assert.equal(opened.told.length, 0);
  assert.deepEqual([...opened.counter.totals()], [["ACCESS_DENIED without a certificate", 4]]);
});

test("threat 13: the rules of the caller decide, and a refusal is told before the caller hears of it", async () => {
  await using opened = await open();
  const allowed = await opened.client(certificates.alice).unary(path("Ruled"), note("hi"));
  assert.equal(textOf(allowed.bytes), "alice:hi");
  const refused = await opened.client(certificates.bob).unary(path("Ruled"), note("hi"));
  assert.equal(refused.code, grpcCodes.permission_denied);
  assert.equal(refused.message, "access denied: bob may not read role");
  assert.deepEqual(refused.trailer?.get("sallyport-reason"), ["ACCESS_DENIED"]);
  const [refusal] = opened.told;
  assert.equal(refusal?.caller?.name, "bob");
  assert.equal(refusal.method, path("Ruled"));
  assert.equal(refusal.because, 'role "ops" has no rule for role');
  assert.deepEqual(refused.trailer?.get("sallyport-request-id"), [refusal.requestId]);
});

test("threat 9: refusals of one name are told up to a limit, then only counted", async () => {
  await using opened = await open({}, { burst: 2 });
  const client = opened.client(certificates.bob);
  const codes: number[] = [];
  for (let index = 0; index < 4; index += 1) codes.push((await client.unary(path("Ruled"), note(""))).code);
  const [denied, limited] = [grpcCodes.permission_denied, grpcCodes.resource_exhausted];
  assert.deepEqual(codes, [denied, denied, limited, limited]);
  assert.equal(opened.told.length, 2);
  assert.equal((await client.unary(path("Open"), note("x"))).code, 0);
});

test("threat 9: a refusal with an event of its own is told once, under the same limit as the others", async () => {
  const entry = { event: "test.refused", code: "T0000W" };
  const refuse: LooseHandle = () => {
    throw new AppError("ACCESS_DENIED", "not you", { cause: new RefusedAct("role ops says so", entry) });
  };
  const decided = { access: { decidedBy: "the test" }, handle: refuse };
  await using opened = await open({ decided }, { burst: 2 });
  const client = opened.client(certificates.bob);
  const messages: string[] = [];
  for (const method of ["Decided", "Ruled", "Decided"]) {
    messages.push((await client.unary(path(method), note(""))).message);
  }
  assert.deepEqual(messages, ["not you", "access denied: bob may not read role", "too many refused calls"]);
  assert.deepEqual(
    opened.told.map((refusal) => [refusal.entry, refusal.because]),
    [
      [entry, "role ops says so"],
      [undefined, 'role "ops" has no rule for role'],
    ],
  );
});

test("threat 14: where finding the caller fails, the call is refused, in whatever way it fails", async () => {
  const failures = [
    new AppError("LOCKED"),
    new AppError("CERTIFICATE_EXPIRED"),
    new Error("the lock cache has a bug"),
  ];
  await using opened = await open({}, { authenticate: () => Promise.reject(failures.shift()) });
  const client = opened.client(certificates.alice);
  const codes: number[] = [];
  for (let index = 0; index < 3; index += 1) codes.push((await client.unary(path("Open"), note(""))).code);
  assert.deepEqual(codes, [grpcCodes.permission_denied, grpcCodes.permission_denied, grpcCodes.internal]);
  assert.deepEqual(
    opened.told.map((refusal) => [refusal.reason, refusal.name, refusal.caller]),
    [
      ["LOCKED", "alice", undefined],
      ["CERTIFICATE_EXPIRED", "alice", undefined],
    ],
  );
});

test("errors: known ones keep their words and details, unknown ones leave as one phrase and are logged once", async () => {
  await using opened = await open({
    open: {
      access: { anyone: true, why: "the test" },
      handle: (request) => {
        if (request.text === "known") {
          throw new AppError("NOT_FOUND", 'role "ops" is not there', {
            details: { nearest: "öps", line: 3 },
          });
        }
        throw new Error("password=hunter2");
      },
    },
  });
  const client = opened.client(certificates.alice);
  const known = await client.unary(path("Open"), note("known"));
  assert.equal(known.code, grpcCodes.not_found);
  assert.equal(known.message, 'role "ops" is not there');
  assert.deepEqual(JSON.parse(String(known.trailer?.get("sallyport-details")[0])), {
    nearest: "öps",
    line: 3,
  });
  const unknown = await client.unary(path("Open"), note("other"));
  assert.equal(unknown.code, grpcCodes.internal);
  assert.match(unknown.message, /^an internal error occurred \(request id [-0-9a-f]{36}\)$/);
  assert.equal(opened.logged.length, 1);
  assert.equal(opened.told.length, 0);
});

test("a request that is not one is InvalidArgument, and the handler never sees it", async () => {
  let seen = 0;
  await using opened = await open({
    open: { access: { anyone: true, why: "the test" }, handle: () => ({ text: String(++seen) }) },
  });
  const reply = await opened.client(certificates.alice).unary(path("Open"), Uint8Array.of(0x0a, 0xff, 0x01));
  assert.equal(reply.code, grpcCodes.invalid_argument);
  assert.equal(reply.message, "the request is not a valid test.Note");
  assert.equal(seen, 0);
});

test("an encoded reply goes out as it is, unary and streamed", async () => {
  const ready = new Encoded(note("ready"));
  await using opened = await open({
    open: { access: { anyone: true, why: "the test" }, handle: () => ready },
    watch: {
      access: { decidedBy: "the test" },
      handle: async function* () {
        yield ready;
        yield { text: "made" };
      },
    },
  });
  const client = opened.client(certificates.alice);
  assert.equal(textOf((await client.unary(path("Open"), note(""))).bytes), "ready");
  const texts: unknown[] = [];
  for await (const message of client.stream(path("Watch"), note("")).call) texts.push(textOf(message));
  assert.deepEqual(texts, ["ready", "made"]);
});

test("threat 18: a lock ends a live stream at once, and its handler hears of it", async () => {
  const aborts: ((error: AppError) => void)[] = [];
  let undone = 0;
  let ended = false;
  await using opened = await open(
    {
      watch: {
        access: { decidedBy: "the test" },
        handle: async function* (request, call) {
          try {
            yield { text: request.text };
            await once(call.signal, "abort");
          } finally {
            ended = true;
          }
        },
      },
    },
    {
      watchCaller: (_caller, _connection, abort) => {
        aborts.push(abort);
        return () => {
          undone += 1;
        };
      },
    },
  );
  const { call, status } = opened.client(certificates.alice).stream(path("Watch"), note("hi"));
  const [first] = await once(call, "data");
  assert.equal(textOf(first), "hi");
  aborts[0]!(new AppError("LOCKED"));
  const { code, details } = await status;
  assert.deepEqual([code, details], [grpcCodes.permission_denied, "access denied"]);
  assert.ok(ended);
  assert.ok(undone > 0);
});

test("threat 18: a call that waited finds out anew who is calling and whether they may", async () => {
  let rights = { may: ["role:read"], locked: false };
  await using opened = await open(
    {
      ruled: {
        access: { kind: "role", verbs: ["read"] },
        handle: async ({ text }, call) => {
          rights = { ...rights, ...JSON.parse(text) };
          await call.reauthorize();
          return { text: call.caller.name };
        },
      },
    },
    {
      authenticate: () => {
        if (rights.locked) throw new AppError("LOCKED");
        return callerWho("user", rights.may.join(), rights.may);
      },
    },
  );
  const client = opened.client(certificates.alice);
  const ask = (changed: object) => client.unary(path("Ruled"), note(JSON.stringify(changed)));
  assert.equal(textOf((await ask({ may: ["role:read", "role:list"] })).bytes), "role:read,role:list");
  assert.equal((await ask({ may: ["role:list"] })).message, "access denied: role:list may not read role");
  rights = { may: ["role:read"], locked: false };
  assert.equal((await ask({ locked: true })).message, "access denied");
});

test("a client that leaves ends the handler of its stream", async () => {
  const left = Promise.withResolvers<string>();
  await using opened = await open({
    watch: {
      access: { decidedBy: "the test" },
      handle: async function* (request, call) {
        yield { text: request.text };
        await once(call.signal, "abort");
        left.resolve(call.signal.reason.message);
      },
    },
  });
  const { call } = opened.client(certificates.alice).stream(path("Watch"), note("hi"));
  await once(call, "data");
  call.cancel();
  assert.equal(await left.promise, "the client cancelled the call");
});

test("a call knows its headers, its version and its delegator", async () => {
  await using opened = await open({
    open: {
      access: { anyone: true, why: "the test" },
      handle: (_request, call) => ({
        text: [
          call.clientVersion,
          call.delegator,
          call.header("x-none"),
          call.remoteAddress.split(":")[0],
        ].join(),
      }),
    },
  });
  const headers = { version: "17.1.0", delegator: "plugin:bot" };
  const reply = await opened.client(certificates.alice).unary(path("Open"), note(""), {}, headers);
  assert.equal(textOf(reply.bytes), "17.1.0,plugin:bot,,127.0.0.1");
});
