import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Change, Item } from "../backend.ts";
import { key, prefix } from "../key.ts";
import { openSqlite } from "./sqlite-backend.ts";

function put(name: string, size: number): Change {
  const revision = name as Item["revision"];
  return { op: "put", key: key("n", name), value: new Uint8Array(size), revision, condition: { is: "any" } };
}

function place(): { path: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "storage-"));
  return { path: join(directory, "x.db"), remove: () => rmSync(directory, { recursive: true }) };
}

test("when a group cannot be written all of it fails, nothing is published, and the next one may succeed", async () => {
  const { path, remove } = place();
  const backend = await openSqlite({ path, maxPages: 60 });
  const seen: string[] = [];
  await backend.watch({
    prefixes: [prefix()],
    onChanges: (changes) => seen.push(...changes.map((change) => change.key)),
  });
  const group = [put("small", 10), put("big", 1_000_000), put("other", 10)];
  const results = await Promise.allSettled(group.map((change) => backend.commit([change])));
  for (const result of results) {
    assert.equal(result.status, "rejected");
    assert.match(String(result.reason), /the database cannot be written: .*full/);
    assert.equal(result.reason.reason, "UNAVAILABLE");
  }
  assert.deepEqual((await backend.list({ prefix: prefix(), limit: 10 })).items, []);
  const result = await backend.commit([put("small", 10)]);
  assert(result.ok && result.cursor.endsWith(":1"), "the numbers of failed changes are given again");
  assert.deepEqual(seen, ["/n/small"]);
  await backend.close();
  remove();
});

test("after an error that leaves the file in doubt nothing is written any more", async () => {
  const { path, remove } = place();
  const errors: string[] = [];
  const logger = { warn: () => {}, error: (_: object, message: string) => errors.push(message) };
  const backend = await openSqlite({ path, logger });
  await backend.commit([put("before", 10)]);
  let ended: Error | undefined;
  await backend.watch({
    prefixes: [prefix()],
    onChanges: () => {},
    onEnd: (error) => {
      ended = error;
    },
  });
  const vandal = new DatabaseSync(path);
  vandal.exec("DROP TABLE log");
  vandal.close();
  const commits = ["a", "b"].map((name) => backend.commit([put(name, 10)]));
  for (const commit of commits) await assert.rejects(commit, { reason: "UNAVAILABLE" });
  await assert.rejects(backend.commit([put("c", 10)]), /the database has failed: .*no such table/);
  assert.match(ended?.message ?? "", /the database has failed/);
  assert.deepEqual(errors, ["the database has failed; nothing is written until a restart"]);
  assert.equal((await backend.get(key("n", "before")))?.revision, "before");
  await backend.close();
  remove();
});

test("the connection that writes flushes in every commit", async () => {
  const { path, remove } = place();
  const backend = await openSqlite({ path });
  const { journalMode, synchronous } = await backend.diagnostics();
  assert.deepEqual({ journalMode, synchronous }, { journalMode: "wal", synchronous: 2 });
  await backend.close();
  remove();
});
