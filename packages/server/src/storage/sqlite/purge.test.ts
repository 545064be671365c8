import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { isAppError } from "@sallyport/api/errors";
import { newRevision } from "../../kernel/ids.ts";
import type { Backend, Revision } from "../backend.ts";
import { key } from "../key.ts";
import { openSqlite } from "./sqlite-backend.ts";

const SECRET = "a secret that was overwritten";
let directory: string;
let path: string;
let backend: Backend;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-purge-"));
  path = join(directory, "data.db");
  backend = await openSqlite({ path });
});
afterEach(async () => {
  await backend.close();
  rmSync(directory, { recursive: true });
});

const put = async (name: string, text: string) => {
  const put = {
    op: "put",
    key: key("things", name),
    value: Buffer.from(text),
    revision: newRevision<Revision>(),
  } as const;
  const result = await backend.commit([{ ...put, condition: { is: "any" } }]);
  assert.ok(result.ok);
  return result.cursor;
};

/** The files of the database, log included, that hold the text. */
const holding = (text: string) =>
  readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(text));

test("what was overwritten is in no file of the database afterwards, and what is there stays", async () => {
  for (let index = 0; index < 200; index += 1)
    await put(`n-${index}`, `${SECRET} ${index} ${"x".repeat(3000)}`);
  for (let index = 0; index < 200; index += 1) await put(`n-${index}`, "harmless");
  await put("last", "harmless");
  assert.notDeepEqual(holding(SECRET), []);
  await backend.purge?.();
  assert.deepEqual(holding(SECRET), []);
  assert.equal(Buffer.from((await backend.get(key("things", "n-7")))?.value ?? []).toString(), "harmless");
});

test("a place in the log from before is too old, the newest is not", async () => {
  const early = await put("a", "1");
  await put("b", "2");
  const newest = await put("c", "3");
  await backend.purge?.();
  const resume = (from: typeof early) => backend.watch({ prefixes: [], from, onChanges: () => {} });
  await assert.rejects(resume(early), (error) => isAppError(error, "CURSOR_TOO_OLD"));
  (await resume(newest)).close();
});

test("somebody who reads the file at that moment is said to be in the way, and nothing is lost", async () => {
  await put("a", SECRET);
  await put("a", "harmless");
  await put("b", "harmless");
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM items").get();
  await assert.rejects(Promise.resolve(backend.purge?.()), (error) => isAppError(error, "UNAVAILABLE"));
  reader.close();
  await put("c", "goes on");
  await backend.purge?.();
  assert.deepEqual(holding(SECRET), []);
});
