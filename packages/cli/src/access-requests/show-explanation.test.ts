import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExplainAccessRequestResponse } from "@sallyport/api";
import { formatExplanation } from "./show-explanation.ts";

function needs(needed: number): string | undefined {
  const thresholds = [{ role: "ops", sets: [], approvals: 0, denials: 0, needed }];
  const answer = { allowed: true, lines: [], thresholds } as unknown as ExplainAccessRequestResponse;
  return formatExplanation(answer).trimEnd().split("\n").at(-1);
}

test("what is still needed is said in words, also where nothing helps", () => {
  assert.equal(needs(0), "ops needs no further approval");
  assert.equal(needs(2), "ops needs 2 more");
  assert.equal(
    needs(0xffff_ffff),
    "ops is approved by no number of reviews: a threshold of 0 is never reached",
  );
});
