import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { auditTime } from "./caller-fields.ts";
import { LATEST_AT, readTime } from "./wire-time.ts";

const of = (seconds: bigint, nanos = 0) => readTime(create(TimestampSchema, { seconds, nanos }));

test("times are read as milliseconds since 1970, and the year 1 as none", () => {
  assert.equal(of(1n, 999_999_999), 1999);
  assert.equal(of(-1n), -1000);
  for (const unset of [-62_135_596_800n, -(2n ** 63n)]) assert.equal(of(unset), undefined);
});

test("threat 38: a time after every year that can be written counts as the last of them", () => {
  for (const far of [253_402_300_800n, 2n ** 62n]) {
    assert.equal(of(far), LATEST_AT);
    assert.equal(auditTime(of(far)), "9999-12-31T23:59:59.999Z");
  }
});
