import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, isAppError } from "@sallyport/api";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { type Backend, key, openBackend, prefix } from "../storage/index.ts";
import { createResourceStore, deleteStored, type ResourceStore, writeOverStored } from "./index.ts";

let locks: ResourceStore<LockV2>;
let backend: Backend;
let looks: number;

beforeEach(async () => {
  looks = 0;
  backend = await openBackend({ kind: "memory" });
  locks = createResourceStore<LockV2>({
    backend,
    desc: LockV2Schema,
    noun: "lock",
    prefix: prefix("locks"),
    keyOf: (name) => key("locks", name),
  });
});

const lock = (Message: string) => create(LockV2Schema, { Metadata: { Name: "a" }, Spec: { Message } });
const messageOf = async () => (await locks.get("a"))?.Spec?.Message;

/** A decision that lets `theirs` be, and is overtaken once by somebody else. */
async function look(overtake: () => Promise<unknown>) {
  looks += 1;
  const stored = await locks.get("a");
  if (stored?.Spec?.Message === "theirs") throw new AppError("ACCESS_DENIED");
  if (looks === 1) await overtake();
  return { stored, commit: [] };
}

test("threat 12: what is written over is what was decided on, however quick somebody else is", async () => {
  await locks.upsert(lock("old"));
  const writing = writeOverStored(locks, lock("new"), () => look(() => locks.upsert(lock("theirs"))));
  await assert.rejects(writing, (error) => isAppError(error, "ACCESS_DENIED"));
  assert.deepEqual([await messageOf(), looks], ["theirs", 2]);
});

test("threat 12: nothing was there when it was decided, and something is now", async () => {
  const writing = writeOverStored(locks, lock("new"), () => look(() => locks.upsert(lock("theirs"))));
  await assert.rejects(writing, (error) => isAppError(error, "ACCESS_DENIED"));
  assert.equal(await messageOf(), "theirs");
});

test("threat 12: what is deleted is what was decided on", async () => {
  await locks.upsert(lock("old"));
  const deleting = deleteStored(locks, async () => {
    const { stored } = await look(() => locks.upsert(lock("theirs")));
    assert.ok(stored);
    return { stored, commit: [] };
  });
  await assert.rejects(deleting, (error) => isAppError(error, "ACCESS_DENIED"));
  assert.equal(await messageOf(), "theirs");
});

test("a change in between that changes nothing about the decision only costs another look", async () => {
  await locks.upsert(lock("old"));
  await writeOverStored(locks, lock("new"), () => look(() => locks.upsert(lock("other"))));
  assert.deepEqual([await messageOf(), looks], ["new", 2]);
  looks = 0;
  await writeOverStored(locks, lock("newer"), () => look(() => locks.delete("a")));
  assert.deepEqual([await messageOf(), looks], ["newer", 2]);
});

test("what is refused for another reason than a change in between is not tried again", async () => {
  await locks.upsert(lock("old"));
  const writing = writeOverStored(locks, lock("new"), async () => {
    looks += 1;
    const stored = await locks.get("a");
    await backend.close();
    return { stored, commit: [] };
  });
  await assert.rejects(writing, (error) => isAppError(error, "UNAVAILABLE"));
  assert.equal(looks, 1);
});

test("a resource that changes without end is given up", async () => {
  await locks.upsert(lock("old"));
  const writing = writeOverStored(locks, lock("new"), async () => {
    looks += 1;
    const stored = await locks.get("a");
    await locks.upsert(lock("other"));
    return { stored, commit: [] };
  });
  await assert.rejects(writing, (error) => isAppError(error, "COMPARE_FAILED"));
  assert.equal(looks, 7);
});
