import assert from "node:assert/strict";
import { test } from "node:test";
import { madeAtOf, newKeyId } from "./key-id.ts";

test("the id of a key tells when it was made, and no two are alike", () => {
  const now = Date.UTC(2026, 0, 31);
  const ids = Array.from({ length: 100 }, () => newKeyId(now).toString("hex"));
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(madeAtOf(ids[0] ?? ""), now);
});

test("an id of another make tells nothing", () => {
  for (const id of ["", "f".repeat(32), "0".repeat(32), "0".repeat(33)])
    assert.equal(madeAtOf(id), undefined, id);
});
