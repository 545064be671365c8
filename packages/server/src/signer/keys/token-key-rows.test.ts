import assert from "node:assert/strict";
import { test } from "node:test";
import { keyTable, tokenKeyRows } from "./token-key-rows.ts";

const now = Date.UTC(2026, 0, 31);
const idOf = (madeAt: number) => `${madeAt.toString(16).padStart(12, "0")}7abc8${"0".repeat(15)}`;
const key = (keyId: string, caType: string, clusterName = "one.example") => ({
  ...{ keyId, caType, clusterName, use: "tls" as const, kind: "ec" as const },
  spki: Buffer.from(`public ${keyId}`),
});

test("a key is in use where an authority shows its public half; of other clusters nothing is known", () => {
  const keys = [key("b", "user"), key("a", "user"), key("c", "host"), key("d", "user", "two.example")];
  const spkis = [Buffer.from("public b"), Buffer.from("public c"), Buffer.from("public elsewhere")];
  const rows = tokenKeyRows(keys, { clusterName: "one.example", spkis }, now);
  assert.deepEqual(
    rows.map(({ keyId, caType, state }) => [keyId, caType, state]),
    [
      ["c", "host", "in use"],
      ["b", "user", "in use"],
      ["a", "user", "unused"],
      ["d", "user", "another cluster"],
    ],
  );
  assert.deepEqual(
    tokenKeyRows(
      [key("d", "user", "two.example")],
      {
        clusterName: "one.example",
        spkis: [Buffer.from("public d")],
      },
      now,
    )[0]?.state,
    "in use",
    "whatever its label says",
  );
});

test("a key of the last hour may be about to be used", () => {
  const hour = 3_600_000;
  const cases: readonly (readonly [string, string])[] = [
    [idOf(now), "new"],
    [idOf(now - hour + 1), "new"],
    [idOf(now - hour), "unused"],
    [idOf(now - 365 * 24 * hour), "unused"],
    // Made by a clock that is ahead.
    [idOf(now + hour), "new"],
    [idOf(now + 25 * hour), "unused"],
    // As they were before ids told the time; some look as if they did.
    ["f".repeat(32), "unused"],
    ["a".repeat(12) + "7abc8".padEnd(20, "a"), "unused"],
    [idOf(now).replace(/^(.{12})7/, "$14"), "unused"],
  ];
  for (const [keyId, state] of cases) {
    const [row] = tokenKeyRows([key(keyId, "user")], { clusterName: "one.example", spkis: [] }, now);
    assert.equal(row?.state, state, keyId);
  }
  const used = { clusterName: "one.example", spkis: [Buffer.from(`public ${idOf(now)}`)] };
  assert.equal(tokenKeyRows([key(idOf(now), "user")], used, now)[0]?.state, "in use");
});

test("the table has a line for each, in columns", () => {
  const rows = tokenKeyRows(
    [key("a", "user"), key("b", "host")],
    { clusterName: "one.example", spkis: [] },
    now,
  );
  assert.equal(
    keyTable(rows),
    [
      "Key id  Cluster      Authority  For  Algorithm    State",
      "b       one.example  host       tls  ECDSA P-256  unused",
      "a       one.example  user       tls  ECDSA P-256  unused",
      "",
    ].join("\n"),
  );
  assert.match(keyTable([]), /^Key id/);
});
