import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Change, Condition, Revision } from "../backend.ts";
import { key } from "../key.ts";
import { packGroup, unpackGroup } from "./packed-group.ts";

// One that a client names may be any text.
const revisions = fc
  .oneof(fc.uuid(), fc.string({ unit: "grapheme" }))
  .map((text) => text as string as Revision);
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom<Condition>({ is: "any" }, { is: "absent" }, { is: "present" }),
  revisions.map((revision) => ({ is: "at", revision }) as const),
);
const keys = fc.nat(1000).map((number) => key("room", String(number)));
const plain = { noNullPrototype: true };
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record(
    {
      op: fc.constant("put" as const),
      key: keys,
      value: fc.uint8Array({ maxLength: 50 }),
      revision: revisions,
      expiresAt: fc.option(fc.nat(), { nil: undefined }),
      condition: conditions,
    },
    plain,
  ),
  fc.record(
    { op: fc.constantFrom("delete" as const, "check" as const), key: keys, condition: conditions },
    plain,
  ),
);

/** Values as they went in, not as views. */
const plainValues = (commit: readonly Change[]) =>
  commit.map((change) => (change.op === "put" ? { ...change, value: new Uint8Array(change.value) } : change));

test("a group comes out as it went in, and as the thread's clone of it does", () => {
  fc.assert(
    fc.property(fc.array(fc.array(changes, { maxLength: 6 })), (commits) => {
      const arrived = structuredClone(packGroup(commits));
      assert.deepEqual(unpackGroup(arrived).map(plainValues), commits);
    }),
  );
});

test("a group has a buffer of its own, which can be given away", () => {
  const value = new Uint8Array(10).fill(7);
  const put: Change = {
    op: "put",
    key: key("a"),
    value,
    revision: "r" as Revision,
    condition: { is: "any" },
  };
  const { buffer } = packGroup([[put], [put]]);
  assert.notEqual(buffer, value.buffer);
  structuredClone(buffer, { transfer: [buffer] });
  assert.deepEqual([...value], Array(10).fill(7));
});

test("a group that is cut short is no group", () => {
  const check: Change = { op: "check", key: key("room", "name"), condition: { is: "absent" } };
  const packed = packGroup([[check]]);
  assert.deepEqual(unpackGroup(packed), [[check]]);
  for (let length = 1; length < packed.byteLength; length += 1) {
    assert.throws(() => unpackGroup(packed.subarray(0, length)));
  }
});
