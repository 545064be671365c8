import assert from "node:assert/strict";
import { test } from "node:test";
import { keyTable, tokenKeyRows } from "./token-key-rows.ts";

const key = (keyId: string, caType: string, clusterName = "one.example") => ({
  ...{ keyId, caType, clusterName, use: "tls" as const, kind: "ec" as const },
  spki: Buffer.from(`public ${keyId}`),
});

test("a key is in use where an authority shows its public half; of other clusters nothing is known", () => {
  const keys = [key("b", "user"), key("a", "user"), key("c", "host"), key("d", "user", "two.example")];
  const spkis = [Buffer.from("public b"), Buffer.from("public c"), Buffer.from("public elsewhere")];
  const rows = tokenKeyRows(keys, { clusterName: "one.example", spkis });
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
    tokenKeyRows([key("d", "user", "two.example")], {
      clusterName: "one.example",
      spkis: [Buffer.from("public d")],
    })[0]?.state,
    "in use",
    "whatever its label says",
  );
});

test("the table has a line for each, in columns", () => {
  const rows = tokenKeyRows([key("a", "user"), key("b", "host")], { clusterName: "one.example", spkis: [] });
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
