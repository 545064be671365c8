import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Change, Condition, Revision } from "../backend.ts";
import { key } from "../key.ts";
import { packGroup, unpackGroup } from "./packed-group.ts";

const revisions = fc.uuid().map((text) => text as string as Revision);
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

test("a group comes out as it went in, and as the thread's clone of it does", () => {
  fc.assert(
    fc.property(fc.array(fc.array(changes, { maxLength: 6 })), (commits) => {
      assert.deepEqual(unpackGroup(structuredClone(packGroup(commits))), commits);
    }),
  );
});

test("a group owns one buffer, whatever its commits hold", () => {
  const value = new Uint8Array(10).fill(7);
  const put: Change = {
    op: "put",
    key: key("a"),
    value,
    revision: "r" as Revision,
    condition: { is: "any" },
  };
  const { values } = packGroup([[put], [put]]);
  assert.equal(values.buffer.byteLength, 20);
  assert.notEqual(values.buffer, value.buffer);
});
