import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import { readSearchWords } from "./search-words.ts";

test("threat 9: a list is searched for a few words, whoever searches", () => {
  assert.deepEqual(readSearchWords(["Dev", "a b"]), ["Dev", "a b"]);
  assert.equal(readSearchWords(Array(100).fill("a")).length, 100);
  for (const words of [Array(101).fill("a"), ["a".repeat(10_001)]]) {
    assert.throws(
      () => readSearchWords(words),
      (error) => isAppError(error, "BAD_PARAMETER"),
    );
  }
});
