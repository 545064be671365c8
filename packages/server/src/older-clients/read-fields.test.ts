import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import { readFields } from "./read-fields.ts";

const isBad = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

test("members are read as what they are, and are zero where they are not there", () => {
  const fields = readFields({ name: "a", list: ["b"], ttl: 3_600_000_000_000, key: "aGk=", grace: null });
  assert.equal(fields.text("name"), "a");
  assert.deepEqual(fields.texts("list"), ["b"]);
  assert.equal(fields.nanos("ttl"), 3_600_000_000_000n);
  assert.equal(fields.nanos("grace"), 0n);
  assert.equal(Buffer.from(fields.bytes("key")).toString(), "hi");
  assert.deepEqual([fields.text("x"), fields.texts("x"), fields.nanos("x")], ["", [], 0n]);
});

test("threat 9: what is something else is refused, and names of objects in general are no members", () => {
  for (const body of [undefined, null, [], "text", 1]) assert.throws(() => readFields(body), isBad);
  const fields = readFields({ name: 1, list: "a", mixed: ["a", 1], ttl: "1h", part: 0.5 });
  assert.throws(() => fields.text("name"), isBad);
  assert.throws(() => fields.texts("list"), isBad);
  assert.throws(() => fields.texts("mixed"), isBad);
  assert.throws(() => fields.nanos("ttl"), isBad);
  assert.throws(() => fields.nanos("part"), isBad);
  assert.equal(fields.text("constructor"), "");
  assert.equal(fields.object("__proto__"), undefined);
});
