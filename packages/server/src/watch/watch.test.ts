import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { WatchSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { type Event, EventSchema, Operation } from "@sallyport/api/gen/teleport/legacy/client/proto/event_pb";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../kernel/ids.ts";
import type { Call, Caller, Encoded, Verdict } from "../rpc/index.ts";
import { type Backend, key, openBackend, prefix } from "../storage/index.ts";
import { openWatchFeed, resourceSource, type WatchFeed, watchRpcs } from "./index.ts";

const allow: Verdict = { allow: true, because: "test" };
const deny: Verdict = { allow: false, explicit: false, because: "test" };

function callerWho(check: Caller["permissions"]["check"]): Caller {
  return {
    kind: "user",
    name: "ann",
    roles: [],
    traits: {},
    identity: undefined,
    permissions: { check, mayEver: () => true },
  };
}

async function openFeed(backend?: Backend, now = () => 0) {
  const opened = backend ?? (await openBackend({ kind: "memory" }));
  const source = resourceSource<LockV2>({
    kind: "lock",
    version: "v2",
    prefix: prefix("locks"),
    eventField: 24,
    parse: (item) => fromBinary(LockV2Schema, item.value),
    subject: (lock) => ({ kind: "lock", metadata: { name: lock.Metadata?.Name } }),
  });
  const clock = { now, after: () => () => {} };
  const silentKinds = [
    { kind: "namespace", silent: true, forAnyone: true },
    { kind: "access_monitoring_rule", silent: true },
  ] as const;
  const feed = await openWatchFeed({ backend: opened, clock, sources: [source], silentKinds });
  const put = (name: string) =>
    opened.commit([
      {
        op: "put",
        key: key("locks", name),
        value: toBinary(LockV2Schema, create(LockV2Schema, { Kind: "lock", Metadata: { Name: name } })),
        revision: newRevision(),
        condition: { is: "any" },
      },
    ]);
  const remove = (name: string) =>
    opened.commit([{ op: "delete", key: key("locks", name), condition: { is: "present" } }]);
  return { backend: opened, feed, put, remove };
}

interface Wish {
  readonly kinds?: readonly string[];
  readonly partial?: boolean;
  readonly cursor?: string;
  readonly caller?: Caller;
  readonly filter?: Record<string, string>;
}

function openStream(feed: WatchFeed, wish: Wish = {}) {
  const abort = new AbortController();
  const request = create(WatchSchema, {
    Kinds: (wish.kinds ?? ["lock"]).map((Kind) => ({ Kind, Filter: wish.filter ?? {} })),
    AllowPartialSuccess: wish.partial ?? false,
    sallyportCursor: wish.cursor ?? "",
  });
  const caller = wish.caller ?? callerWho(() => allow);
  const call = { caller, signal: abort.signal, clientVersion: undefined, now: 0 } as unknown as Call;
  const stream = watchRpcs(feed).watchEvents.handle(request, call)[Symbol.asyncIterator]();
  const next = async (): Promise<Event> => {
    const { value, done } = await stream.next();
    assert.equal(done, false, "the stream ended");
    return fromBinary(EventSchema, (value as Encoded).bytes);
  };
  return { stream, next, abort };
}

const nameOf = (event: Event) =>
  event.Resource.case === "Lock" || event.Resource.case === "ResourceHeader"
    ? event.Resource.value.Metadata?.Name
    : undefined;

test("the first event is INIT with the kinds that were granted", async () => {
  const { feed } = await openFeed();
  const init = await openStream(feed, { kinds: ["lock", "namespace"] }).next();
  assert.equal(init.Type, Operation.INIT);
  assert.equal(init.Resource.case, "WatchStatus");
  if (init.Resource.case !== "WatchStatus") return;
  assert.deepEqual(
    init.Resource.value.Spec?.Kinds.map((kind) => kind.Kind),
    ["lock", "namespace"],
  );
  assert.notEqual(init.sallyportCursor, "");
});

test("a put carries the resource, a delete its header, in order", async () => {
  const { feed, put, remove } = await openFeed();
  const { next } = openStream(feed);
  await next();
  await put("a");
  await remove("a");
  const [first, second] = [await next(), await next()];
  assert.deepEqual([first.Type, first.Resource.case, nameOf(first)], [Operation.PUT, "Lock", "a"]);
  assert.deepEqual(
    [second.Type, second.Resource.case, nameOf(second)],
    [Operation.DELETE, "ResourceHeader", "a"],
  );
});

test("one event is encoded once, however many watch", async () => {
  const { feed, put } = await openFeed();
  const streams = Array.from({ length: 20 }, () => openStream(feed));
  for (const { next } of streams) await next();
  await put("a");
  const seen = await Promise.all(streams.map(async ({ stream }) => (await stream.next()).value));
  assert.equal(new Set(seen).size, 1);
});

test("a client that comes back with its cursor misses nothing and sees nothing twice", async () => {
  const { feed, put } = await openFeed();
  const first = openStream(feed);
  await first.next();
  await put("a");
  const seen = await first.next();
  await put("b");
  await put("c");
  const { next } = openStream(feed, { cursor: seen.sallyportCursor });
  assert.equal((await next()).Type, Operation.INIT);
  await put("d");
  assert.deepEqual([nameOf(await next()), nameOf(await next()), nameOf(await next())], ["b", "c", "d"]);
});

test("a cursor that the log does not hold is refused as such", async () => {
  const { feed } = await openFeed();
  const { stream } = openStream(feed, { cursor: "elsewhere:7" });
  await assert.rejects(
    stream.next(),
    (error) => error instanceof AppError && error.reason === "CURSOR_TOO_OLD",
  );
});

test("a stream that was overtaken ends as unavailable and harms nobody", async () => {
  const { feed, put } = await openFeed();
  const [slow, quick] = [openStream(feed), openStream(feed)];
  await slow.next();
  await quick.next();
  for (let index = 0; index < 8200; index += 1) {
    await put(`l${index % 10}`);
    await quick.next();
  }
  await assert.rejects(
    slow.stream.next(),
    (error) => error instanceof AppError && error.reason === "UNAVAILABLE",
  );
});

test("a stream that is 30 s behind ends as unavailable", async () => {
  let now = 0;
  const { feed, put } = await openFeed(undefined, () => now);
  const { next, stream } = openStream(feed);
  await next();
  await put("a");
  now = 30_001;
  await assert.rejects(stream.next(), (error) => error instanceof AppError && error.reason === "UNAVAILABLE");
});

test("who may watch: refused kinds refuse the watch, or are left out of a partial one", async () => {
  const { feed } = await openFeed();
  const caller = callerWho(() => deny);
  const reasonOf = async (wish: Wish) => {
    try {
      await openStream(feed, wish).next();
      return "granted";
    } catch (error) {
      return error instanceof AppError ? error.reason : error;
    }
  };
  assert.equal(await reasonOf({ caller }), "ACCESS_DENIED");
  assert.equal(await reasonOf({ caller, kinds: [] }), "ACCESS_DENIED");
  assert.equal(await reasonOf({ caller, partial: true }), "BAD_PARAMETER");
  assert.equal(await reasonOf({ caller, partial: true, kinds: ["lock", "namespace"] }), "granted");
  assert.equal(await reasonOf({ caller, kinds: ["access_monitoring_rule"] }), "ACCESS_DENIED");
  assert.equal(await reasonOf({ kinds: ["access_monitoring_rule"] }), "granted");
  assert.equal(await reasonOf({ kinds: ["no-such-kind"] }), "BAD_PARAMETER");
  assert.equal(await reasonOf({ kinds: new Array(256).fill("lock") }), "granted");
  assert.equal(await reasonOf({ kinds: new Array(257).fill("lock") }), "BAD_PARAMETER");
  assert.equal(await reasonOf({ filter: { state: "PENDING" } }), "BAD_PARAMETER");
});

test("threat 12: an event is shown only to those who may read that very resource, deletes included", async () => {
  const { feed, put, remove } = await openFeed();
  const onlyB = callerWho((_kind, _verbs, subject) => {
    const { name } = (subject?.metadata ?? { name: "b" }) as { name: string };
    return name === "b" ? allow : deny;
  });
  const { next } = openStream(feed, { caller: onlyB });
  await next();
  await put("a");
  await put("b");
  await remove("a");
  await remove("b");
  assert.deepEqual([nameOf(await next()), nameOf(await next())], ["b", "b"]);
});

test("a stream ends quietly with its call, and as unavailable with the service", async () => {
  const { feed } = await openFeed();
  const [gone, left] = [openStream(feed), openStream(feed)];
  await gone.next();
  await left.next();
  const ended = gone.stream.next();
  gone.abort.abort();
  assert.equal((await ended).done, true);
  const waiting = left.stream.next();
  feed.close();
  await assert.rejects(waiting, (error) => error instanceof AppError && error.reason === "UNAVAILABLE");
});
