import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { newRevision } from "../kernel/ids.ts";
import { writeTime } from "../rpc/index.ts";
import { type Backend, type Change, key, openBackend, prefix } from "../storage/index.ts";
import { createResourceStore, expiryOf, type ResourceStore } from "./index.ts";

let clock: StoppedClock;
let backend: Backend;
let locks: ResourceStore<LockV2>;

beforeEach(async () => {
  clock = new StoppedClock();
  backend = await openBackend({ kind: "memory", clock });
  locks = createResourceStore<LockV2>({
    backend,
    desc: LockV2Schema,
    noun: "lock",
    prefix: prefix("locks"),
    keyOf: (name) => key("locks", name),
  });
});

const lock = (Name: string, metadata: object = {}) =>
  create(LockV2Schema, { Kind: "lock", Version: "v2", Metadata: { Name, ...metadata }, Spec: {} });
const refused =
  (reason: Reason, words = /./) =>
  (error: unknown) =>
    error instanceof AppError && error.reason === reason && words.test(error.message);
const also = (name: string, condition: Change["condition"] = { is: "any" }): Change => ({
  op: "put",
  key: key("other", name),
  value: Buffer.from("x"),
  revision: newRevision(),
  condition,
});

test("a create needs absence, an update existence, an upsert neither", async () => {
  await assert.rejects(locks.update(lock("a")), refused("NOT_FOUND", /lock "a" is not there/));
  const made = await locks.create(lock("a"));
  await assert.rejects(locks.create(lock("a")), refused("ALREADY_EXISTS", /lock "a"/));
  const over = await locks.upsert(lock("a", { Revision: "of-somebody-else" }));
  assert.notEqual(over.Metadata?.Revision, made.Metadata?.Revision);
  await locks.upsert(lock("b"));
  assert.equal((await locks.read("b")).Metadata?.Namespace, "default");
});

test("an update that carries a revision goes by it; one without requires existence alone", async () => {
  const first = await locks.create(lock("a"));
  const second = await locks.update(clone(LockV2Schema, first));
  await assert.rejects(locks.update(clone(LockV2Schema, first)), refused("COMPARE_FAILED", /read it again/));
  await locks.update(lock("a"));
  await assert.rejects(locks.update(clone(LockV2Schema, second)), refused("COMPARE_FAILED"));
});

test("every write has another revision, the same inside the value and beside it", async () => {
  const seen = new Set<string | undefined>();
  for (let round = 0; round < 5; round += 1) {
    seen.add((await locks.upsert(lock("a"))).Metadata?.Revision);
    const item = await backend.get(key("locks", "a"));
    assert.equal(item?.revision, (await locks.read("a")).Metadata?.Revision);
  }
  assert.equal(seen.size, 5);
});

test("a write never changes the message it was given", async () => {
  const given = lock("a");
  await locks.create(given);
  assert.deepEqual([given.Metadata?.Revision, given.Metadata?.Namespace], ["", ""]);
});

test("two who update the same revision at once: one wins", async () => {
  const read = await locks.create(lock("a"));
  const both = await Promise.allSettled([0, 1].map(() => locks.update(clone(LockV2Schema, read))));
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("what goes with a write is written with it or not at all", async () => {
  await locks.create(lock("a"), also("entry"));
  assert.ok(await backend.get(key("other", "entry")));
  await assert.rejects(locks.create(lock("a"), also("second")), refused("ALREADY_EXISTS"));
  assert.equal(await backend.get(key("other", "second")), undefined);
  const depends = also("third", { is: "present" });
  await assert.rejects(locks.create(lock("b"), depends), refused("COMPARE_FAILED", /depends on/));
  assert.equal(await locks.get("b"), undefined);
});

test("a delete needs existence and takes its company with it", async () => {
  await assert.rejects(locks.delete("a"), refused("NOT_FOUND"));
  await locks.create(lock("a"));
  await locks.delete("a", also("gone"));
  assert.equal(await locks.get("a"), undefined);
  assert.ok(await backend.get(key("other", "gone")));
});

test("pages follow each other without gap or repetition", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) await locks.create(lock(name));
  const names: (string | undefined)[] = [];
  let startKey = "";
  do {
    const page = await locks.list({ limit: 2, startKey });
    names.push(...page.resources.map((one) => one.Metadata?.Name));
    startKey = page.nextKey;
  } while (startKey !== "");
  assert.deepEqual(names, ["a", "b", "c", "d", "e"]);
  const all: (string | undefined)[] = [];
  for await (const one of locks.all()) all.push(one.Metadata?.Name);
  assert.deepEqual(all, names);
});

test("a resource is gone from the instant of its expiry", async () => {
  const at = clock.now() + 1000;
  const made = await locks.create(lock("a", { Expires: writeTime(at) }));
  assert.equal(expiryOf(made.Metadata), at);
  clock.advance(999);
  assert.ok(await locks.get("a"));
  clock.advance(1);
  assert.equal(await locks.get("a"), undefined);
  await locks.create(lock("a"));
});

test("threat 36: a name is one segment, whatever it is made of, or it is refused", async () => {
  for (const name of ["../b", "a/b", "%2e%2e", "a\u0000b", "..a", "é/ü"]) {
    await locks.create(lock(name));
    assert.equal((await locks.read(name)).Metadata?.Name, name);
  }
  assert.equal(await locks.get("b"), undefined);
  for (const name of ["", ".", "..", "x".repeat(2000)]) {
    await assert.rejects(locks.create(lock(name)), refused("BAD_PARAMETER"));
  }
  await assert.rejects(locks.get("\ud800"), refused("BAD_PARAMETER"));
  await assert.rejects(locks.create(create(LockV2Schema, {})), refused("BAD_PARAMETER", /metadata\.name/));
});
