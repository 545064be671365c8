import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./duration.ts";
import { nearestName } from "./nearest-name.ts";

test("durations in the notation of Go", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["12h", 43_200_000],
    ["30m0s", 1_800_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    [".5s", 500],
    ["-10s", -10_000],
    ["250ms", 250],
    ["999us", 0],
    ["0", 0],
    ["0s", 0],
    ["", undefined],
    ["-", undefined],
    ["12", undefined],
    ["1d", undefined],
    ["12 h", undefined],
    ["1h-30m", undefined],
    ["h", undefined],
    ["9999999999h", undefined],
    ["1".repeat(65), undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test("what is printed is read back", () => {
  const cases = [
    [0, "0s"],
    [1, "1ms"],
    [1500, "1.5s"],
    [90_000, "1m30s"],
    [43_200_000, "12h0m0s"],
    [-60_000, "-1m0s"],
  ] as const;
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});

test("the nearest known name, or none", () => {
  const known = ["cluster_name", "nodename", "data_dir", "log"];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["cluster-name", "cluster_name"],
    ["clustername", "cluster_name"],
    ["nodenaem", "nodename"],
    ["datadir", "data_dir"],
    ["lgo", "log"],
    ["completely_else", undefined],
    ["", undefined],
  ];
  for (const [name, nearest] of cases) assert.equal(nearestName(name, known), nearest, name);
  assert.equal(nearestName("x".repeat(1e6), known), undefined);
});
