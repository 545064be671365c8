import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { AuthService, type Watch } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { type EventSchema, Operation } from "#gen/teleport/legacy/client/proto/event_pb.js";
import { type AppError, grpcCodes, isAppError } from "../../errors/index.ts";
import { createClient } from "../client.ts";
import { FakeServer } from "../testing/fake-server.ts";
import { TestPace } from "../testing/test-pace.ts";
import { StatusError } from "../transport.ts";
import type { WatchOptions } from "./watch.ts";
import type { WatchEvent } from "./watch-event.ts";

type EventInit = MessageInitShape<typeof EventSchema>;
type Connection = (request: Watch, signal: AbortSignal | undefined) => AsyncIterable<EventInit>;

const init = (cursor: string): EventInit => ({
  Type: Operation.INIT,
  Resource: { case: "WatchStatus", value: { Spec: { Kinds: [{ Kind: "role" }] } } },
  sallyportCursor: cursor,
});

const put = (name: string, cursor: string, revision = "r1"): EventInit => ({
  Type: Operation.PUT,
  Resource: { case: "Role", value: { Kind: "role", Metadata: { Name: name, Revision: revision } } },
  sallyportCursor: cursor,
});

const gone = (name: string, cursor: string): EventInit => ({
  Type: Operation.DELETE,
  Resource: { case: "ResourceHeader", value: { Kind: "role", Metadata: { Name: name } } },
  sallyportCursor: cursor,
});

const away = () => new StatusError(grpcCodes.unavailable, "away");
const never = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

/** A server that plays one script per connection, and then hangs. */
function scripted(...connections: Connection[]) {
  const asked: Watch[] = [];
  const server = new FakeServer().stream(AuthService.method.watchEvents, (request, { signal }) => {
    const connection = connections[asked.length];
    asked.push(request);
    if (connection === undefined) throw new Error("connected more often than scripted");
    return connection(request, signal);
  });
  return { server, asked };
}

/** What a watch gives, in short, until `count` events have come. */
async function collect(server: FakeServer, count: number, options: WatchOptions = {}, pace = new TestPace()) {
  const seen: string[] = [];
  for await (const event of createClient(server, { pace }).watch(["role"], options)) {
    seen.push(brief(event));
    if (seen.length === count) break;
  }
  return seen;
}

const brief = (event: WatchEvent): string => {
  if (event.type === "init") return `init ${event.cursor} ${event.resumed ? "resumed" : "new"}`;
  if (event.type === "gap") return `gap ${event.because}`;
  return `${event.type} ${event.kind}/${event.name} ${event.cursor}`;
};

test("a watch begins with init and gives puts and deletes with their types", async () => {
  const { server, asked } = scripted(async function* () {
    yield init("e:1");
    yield put("ops", "e:2");
    yield gone("ops", "e:3");
  });
  assert.deepEqual(await collect(server, 3), ["init e:1 new", "put role/ops e:2", "delete role/ops e:3"]);
  assert.deepEqual(
    asked[0]?.Kinds.map(({ Kind }) => Kind),
    ["role"],
  );
  assert.equal(server.open, 0, "leaving the loop ends the call");
});

test("a kind is sent with its filter, name and sub kind, and partial success where asked for", async () => {
  const { server, asked } = scripted(async function* () {
    yield init("e:1");
  });
  const kind = {
    kind: "access_request",
    subKind: "s",
    name: "n",
    filter: { state: "PENDING" },
    loadSecrets: true,
  };
  for await (const _ of createClient(server).watch([kind], { allowPartial: true })) break;
  assert.equal(asked[0]?.AllowPartialSuccess, true);
  const [sent] = asked[0]?.Kinds ?? [];
  assert.deepEqual(
    [sent?.Kind, sent?.SubKind, sent?.Name, { ...sent?.Filter }, sent?.LoadSecrets],
    ["access_request", "s", "n", { state: "PENDING" }, true],
  );
});

test("a lost connection is resumed at the cursor, without a word and without a loss", async () => {
  const { server, asked } = scripted(
    async function* () {
      yield init("e:1");
      yield put("a", "e:2");
      throw away();
    },
    // biome-ignore lint/correctness/useYield: a server that is away gives nothing
    async function* () {
      throw away();
    },
    async function* (request) {
      yield init(request.sallyportCursor);
      yield put("b", "e:3");
    },
  );
  const pace = new TestPace();
  const told: AppError[] = [];
  const options = { onReconnect: (error: AppError) => told.push(error) };
  assert.deepEqual(await collect(server, 3, options, pace), [
    "init e:1 new",
    "put role/a e:2",
    "put role/b e:3",
  ]);
  assert.deepEqual(
    asked.map(({ sallyportCursor }) => sallyportCursor),
    ["", "e:2", "e:2"],
  );
  assert.deepEqual(pace.waited, [20, 40], "20 ms, then twice as long");
  assert.deepEqual(
    told.map(({ reason }) => reason),
    ["UNAVAILABLE", "UNAVAILABLE"],
  );
});

test("the end of a stream is a lost connection too, and so is a reset one", async () => {
  const reset = new StatusError(grpcCodes.internal, "Received RST_STREAM with code 2");
  const { server } = scripted(
    async function* () {
      yield init("e:1");
    },
    async function* () {
      yield init("e:1");
      throw reset;
    },
    async function* () {
      yield init("e:1");
      yield put("a", "e:2");
    },
  );
  assert.deepEqual(await collect(server, 2), ["init e:1 new", "put role/a e:2"]);
});

test("pauses grow to 5 s and shrink again once the watch has stood", async () => {
  const pace = new TestPace();
  const failing: Connection[] = Array.from(
    { length: 10 },
    () =>
      async function* () {
        yield* [];
        throw away();
      },
  );
  const { server } = scripted(
    ...failing,
    async function* () {
      yield init("e:1");
      pace.advance(6000);
      throw away();
    },
    async function* () {
      yield init("e:1");
      yield put("a", "e:2");
    },
  );
  await collect(server, 2, {}, pace);
  assert.deepEqual(pace.waited, [20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000, 20]);
});

test("what a commit repeats after a resume is given once", async () => {
  const { server } = scripted(
    async function* () {
      yield init("e:8");
      yield put("a", "e:8");
      throw away();
    },
    async function* () {
      yield init("e:8");
      yield put("a", "e:8");
      yield put("b", "e:9");
    },
  );
  assert.deepEqual(await collect(server, 3), ["init e:8 new", "put role/a e:8", "put role/b e:9"]);
});

test("a cursor that is too old is a gap, and the watch goes on from now", async () => {
  const { server, asked } = scripted(
    async function* () {
      yield init("e:1");
      throw away();
    },
    async function* () {
      yield* [];
      throw new StatusError(grpcCodes.out_of_range, "too old", { "sallyport-reason": "CURSOR_TOO_OLD" });
    },
    async function* () {
      yield init("f:7");
      yield put("a", "f:8");
    },
  );
  assert.deepEqual(await collect(server, 3), ["init e:1 new", "gap CURSOR_TOO_OLD", "put role/a f:8"]);
  assert.deepEqual(
    asked.map(({ sallyportCursor }) => sallyportCursor),
    ["", "e:1", ""],
  );
});

test("a server without cursors gives a gap after each lost connection", async () => {
  const teleport: Connection = async function* () {
    yield init("");
    yield put("a", "");
    throw away();
  };
  const { server } = scripted(teleport, teleport, teleport);
  assert.deepEqual(await collect(server, 4), ["init  new", "put role/a ", "gap NO_CURSOR", "put role/a "]);
});

test("a watch from a cursor of an earlier run begins resumed, or with a gap", async () => {
  const resumed = scripted(async function* (request) {
    yield init(request.sallyportCursor);
    yield put("a", "e:6");
  });
  assert.deepEqual(await collect(resumed.server, 2, { from: "e:5" }), ["init e:5 resumed", "put role/a e:6"]);
  const old = scripted(
    async function* () {
      yield* [];
      throw new StatusError(grpcCodes.out_of_range, "too old");
    },
    async function* () {
      yield init("f:1");
    },
  );
  assert.deepEqual(await collect(old.server, 1, { from: "e:5" }), ["gap CURSOR_TOO_OLD"]);
  const teleport = scripted(async function* () {
    yield init("");
  });
  assert.deepEqual(await collect(teleport.server, 1, { from: "e:5" }), ["gap NO_CURSOR"]);
});

test("an INIT that does not come in time is a lost connection", async () => {
  const { server } = scripted(
    async function* (_, signal) {
      yield await never(signal);
    },
    async function* () {
      yield init("e:1");
    },
  );
  const pace = new TestPace(1);
  const told: AppError[] = [];
  await collect(server, 1, { onReconnect: (error) => told.push(error) }, pace);
  assert.match(told[0]?.message ?? "", /did not begin within 15 s/);
});

test("what repeating cannot mend ends the watch", async () => {
  for (const [code, reason] of [
    [grpcCodes.permission_denied, "ACCESS_DENIED"],
    [grpcCodes.invalid_argument, "BAD_PARAMETER"],
    [grpcCodes.unimplemented, "NOT_IMPLEMENTED"],
    [grpcCodes.cancelled, "CANCELLED"],
  ] as const) {
    const { server } = scripted(async function* () {
      yield* [];
      throw new StatusError(code, "no");
    });
    await assert.rejects(collect(server, 1), (error) => isAppError(error, reason));
  }
  const noInit = scripted(async function* () {
    yield put("a", "e:1");
  });
  await assert.rejects(collect(noInit.server, 1), (error) => isAppError(error, "INTERNAL"));
});

test("a watch of nothing, or of a text, is a mistake of the program", async () => {
  for (const kinds of [[], "role" as never]) {
    const events = createClient(scripted().server).watch(kinds);
    await assert.rejects(events.next(), { reason: "BAD_PARAMETER", message: /kind/ });
  }
});

test("aborting ends the loop without an error, while it waits for events as well as between connections", async () => {
  const ending = new AbortController();
  const { server } = scripted(async function* (_, signal) {
    yield init("e:1");
    ending.abort();
    yield await never(signal);
  });
  assert.deepEqual(await collect(server, 9, { signal: ending.signal }), ["init e:1 new"]);
  assert.equal(server.open, 0);
  const between = new AbortController();
  const failing = scripted(async function* () {
    yield* [];
    throw away();
  });
  const options = { signal: between.signal, onReconnect: () => between.abort() };
  assert.deepEqual(await collect(failing.server, 9, options), []);
});

test("events of kinds that this client does not know are passed over", async () => {
  const { server } = scripted(async function* () {
    yield init("e:1");
    yield { Type: Operation.PUT, sallyportCursor: "e:2" };
    yield put("a", "e:3");
  });
  assert.deepEqual(await collect(server, 2), ["init e:1 new", "put role/a e:3"]);
});

test("property: however commits are cut by lost connections, each change is given once and in order", async () => {
  const commits = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(commits, cuts, async (sizes, lives) => {
      const log = sizes.flatMap((size, index) =>
        Array.from({ length: size }, (_, at) => ({
          sequence: index + 1,
          event: put(`${index + 1}-${at}`, `e:${at + 1 < size ? index : index + 1}`),
        })),
      );
      let connections = 0;
      const server = new FakeServer().stream(AuthService.method.watchEvents, async function* (request) {
        const life = lives[connections] ?? Number.POSITIVE_INFINITY;
        connections += 1;
        const from = Number(request.sallyportCursor.slice(2) || "0");
        yield init(`e:${from}`);
        const rest = log.filter(({ sequence }) => sequence > from);
        for (const { event } of rest.slice(0, life)) yield event;
        throw away();
      });
      const seen = await collect(server, log.length + 1);
      assert.deepEqual(
        seen.slice(1).map((line) => line.split(" ")[1]),
        sizes.flatMap((size, index) => Array.from({ length: size }, (_, at) => `role/${index + 1}-${at}`)),
      );
    }),
    { numRuns: 200 },
  );
});
