import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import { readSelectors } from "./read-wish.ts";

const read = (...selectors: [string, number | string[]][]) =>
  readSelectors(
    selectors.map(([key, values]) => ({
      key,
      values: typeof values === "number" ? Array.from({ length: values }, (_, index) => `v${index}`) : values,
    })) as never,
  );

test("selectors of one key accept what any of them accepts", () => {
  assert.deepEqual(read(["env", ["dev"]], ["team", ["red"]], ["env", ["test"]]), {
    env: ["dev", "test"],
    team: ["red"],
  });
});

test("threat 38: selectors and their values have a greatest number, and none is empty", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index): [string, number] => [`k${index}`, 1]);
  assert.equal(Object.keys(read(...many(50))).length, 50);
  assert.equal(read(["k", 200]).k?.length, 200);
  for (const wrong of [[], many(51), [["k", 201]], [["k", 0]], [["", 1]], [["*", ["a"]]]]) {
    assert.throws(
      () => read(...(wrong as [string, number][])),
      (error) => isAppError(error, "BAD_PARAMETER"),
      JSON.stringify(wrong).slice(0, 80),
    );
  }
});
