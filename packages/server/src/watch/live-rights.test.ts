import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { WatchSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { type Event, EventSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/event_pb";
import { LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../kernel/ids.ts";
import type { Call, Caller, Encoded } from "../rpc/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { key, openBackend, prefix } from "../storage/index.ts";
import { openWatchFeed, resourceSource, watchRpcs } from "./index.ts";

const reader = callerWho("user", "ann", ["lock:read"]);
const nobody = callerWho("user", "ann", []);

async function openFeed() {
  const clock = { now: () => 0, after: () => () => {} };
  const backend = await openBackend({ kind: "memory", clock });
  const source = resourceSource({
    kind: "lock",
    version: "v2",
    prefix: prefix("locks"),
    eventField: 24,
    parse: (item) => fromBinary(LockV2Schema, item.value),
    subject: () => undefined,
  });
  const feed = await openWatchFeed({ backend, clock, sources: [source], silentKinds: [] });
  const put = (name: string, bytes = 0) => {
    const lock = create(LockV2Schema, { Metadata: { Name: name, Description: "x".repeat(bytes) } });
    const value = toBinary(LockV2Schema, lock);
    const condition = { is: "any" } as const;
    return backend.commit([
      { op: "put", key: key("locks", name), value, revision: newRevision(), condition },
    ]);
  };
  const open = (caller: Caller, cursor = "") => {
    const call = { caller, signal: new AbortController().signal, clientVersion: undefined, now: 0 };
    const request = create(WatchSchema, { Kinds: [{ Kind: "lock" }], sallyportCursor: cursor });
    const stream = watchRpcs(feed).watchEvents.handle(request, call as unknown as Call);
    const events = stream[Symbol.asyncIterator]();
    const next = async (): Promise<Event> => {
      const { value } = await events.next();
      return fromBinary(EventSchema, (value as Encoded).bytes);
    };
    return { call, next };
  };
  return { put, open };
}

const refusedAs = (reason: Reason) => (error: unknown) =>
  error instanceof AppError && error.reason === reason;

test("threat 18: a stream whose caller loses the right to a kind shows nothing more, and says so", async () => {
  const { put, open } = await openFeed();
  const { call, next } = open(reader);
  await next();
  await put("a");
  await next();
  call.caller = nobody;
  await put("b");
  await assert.rejects(next(), refusedAs("ACCESS_DENIED"));
});

test("a stream whose caller is another with the same right goes on", async () => {
  const { put, open } = await openFeed();
  const { call, next } = open(reader);
  await next();
  call.caller = callerWho("user", "ann", ["lock:read", "lock:list"]);
  await put("a");
  assert.equal((await next()).Resource.case, "Lock");
});

test("threat 9: who comes back after too much lists again, instead of making the service hold it all", async () => {
  const { put, open } = await openFeed();
  const cursor = (await open(reader).next()).sallyportCursor;
  for (let index = 0; index < 6; index += 1) await put("a", 1024 * 1024);
  await assert.rejects(open(reader, cursor).next(), refusedAs("CURSOR_TOO_OLD"));
});
