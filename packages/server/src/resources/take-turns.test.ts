import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { key, openBackend, prefix } from "../storage/index.ts";
import { createResourceStore, takeTurns, writeOverStored } from "./index.ts";

const MANY = 50;

test("of many who write over one resource at once, all succeed", async () => {
  const locks = createResourceStore<LockV2>({
    backend: await openBackend({ kind: "memory" }),
    desc: LockV2Schema,
    noun: "lock",
    prefix: prefix("locks"),
    keyOf: (name) => key("locks", name),
  });
  const look = async () => ({ stored: await locks.get("a"), commit: [] });
  const writes = Array.from({ length: MANY }, (_, index) =>
    writeOverStored(
      locks,
      create(LockV2Schema, { Metadata: { Name: "a" }, Spec: { Message: `${index}` } }),
      look,
    ),
  );
  const revisions = (await Promise.all(writes)).map(({ Metadata }) => Metadata?.Revision);
  assert.equal(new Set(revisions).size, MANY);
  assert.equal((await locks.get("a"))?.Spec?.Message, `${MANY - 1}`);
});

test("one that fails holds up nobody, and names do not wait for each other", async () => {
  const owner = {};
  const never = takeTurns(owner, "stuck", () => new Promise(() => undefined));
  const failing = takeTurns(owner, "a", () => Promise.reject(new Error("no")));
  const next = takeTurns(owner, "a", async () => "done");
  await assert.rejects(failing, /no/);
  assert.equal(await next, "done");
  void never;
});
