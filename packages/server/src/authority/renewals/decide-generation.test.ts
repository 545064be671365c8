import assert from "node:assert/strict";
import { test } from "node:test";
import { decideGeneration } from "./decide-generation.ts";

const cases: readonly [string, bigint, bigint | undefined, string][] = [
  ["the latest", 3n, 3n, "renew 4"],
  ["the first", 1n, 1n, "renew 2"],
  ["one that was renewed already", 2n, 3n, "lock"],
  ["one that was never given out", 4n, 3n, "lock"],
  ["of a holder that nobody knows", 1n, undefined, "lock"],
  ["without a generation", 0n, 3n, "refuse"],
  ["without a generation, of nobody", 0n, undefined, "refuse"],
];
for (const [name, presented, stored, expected] of cases) {
  test(`threat 40: a renewable certificate, ${name}: ${expected}`, () => {
    const verdict = decideGeneration(presented, stored);
    const said = verdict.outcome === "renew" ? `renew ${verdict.generation}` : verdict.outcome;
    assert.equal(said, expected);
  });
}
