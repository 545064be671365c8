import assert from "node:assert/strict";
import { test } from "node:test";
import { newRevision, newToken, newUuid, newUuidV7 } from "./ids.ts";

test("a version 4 UUID has its version and variant", () => {
  assert.match(newUuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a version 7 UUID carries its instant, version and variant", () => {
  const now = Date.UTC(2300, 0, 1);
  const id = newUuidV7(now);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16), now);
});

test("version 7 UUIDs never go back within a millisecond nor when the clock does", () => {
  const start = Date.UTC(2400, 0, 1);
  const ids = Array.from({ length: 10_000 }, (_, index) => newUuidV7(start - (index % 7)));
  ids.push(newUuidV7(start + 1));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test("revisions and tokens are never repeated", () => {
  assert.notEqual(newRevision(), newRevision());
  assert.match(newToken(), /^[0-9a-f]{32}$/);
  assert.match(newToken(32), /^[0-9a-f]{64}$/);
  assert.notEqual(newToken(), newToken());
});
