import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { isAppError } from "@sallyport/api/errors";
import type { Cursor, Item } from "../backend.ts";
import { key, prefix } from "../key.ts";
import { prepareFile } from "./prepare-file.ts";
import { type Migration, migrations } from "./schema.ts";
import { openSqlite } from "./sqlite-backend.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "storage-"));
  path = join(directory, "data", "cluster.db");
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A database with some pages of content, closed cleanly. */
async function someDatabase(): Promise<void> {
  const backend = await openSqlite({ path });
  for (let index = 0; index < 100; index++) await put(backend, index);
  await backend.close();
}

function put(backend: Awaited<ReturnType<typeof openSqlite>>, index: number) {
  const value = Buffer.alloc(1000, index);
  const revision = String(index) as Item["revision"];
  return backend.commit([
    { op: "put", key: key("n", `${index}`), value, revision, condition: { is: "any" } },
  ]);
}

/** A child that writes and is killed, so that a write-ahead log stays behind. */
function uncleanStop(): void {
  const script = `
    const { openSqlite } = await import(${JSON.stringify(new URL("./sqlite-backend.ts", import.meta.url))});
    const backend = await openSqlite({ path: ${JSON.stringify(path)} });
    await backend.commit([{ op: "put", key: "/n/after", value: new Uint8Array(9), revision: "r", condition: { is: "any" } }]);
    process.kill(process.pid, "SIGKILL");`;
  const options = ["--conditions=sallyport-source", "--input-type=module", "--eval", script];
  assert.equal(spawnSync(process.execPath, options).signal, "SIGKILL");
  assert(statSync(`${path}-wal`).size > 0);
}

function fingerprints(): string[] {
  return [path, `${path}-wal`].map((file) =>
    existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "none",
  );
}

async function refusesUnchanged(message: RegExp): Promise<void> {
  const before = fingerprints();
  await assert.rejects(openSqlite({ path }), { reason: "STORAGE_UNUSABLE", message });
  assert.deepEqual(fingerprints(), before);
  // A second try says the same: nothing is left locked or half open.
  await assert.rejects(openSqlite({ path }), { reason: "STORAGE_UNUSABLE", message });
}

function setHeader(pragma: string): void {
  const database = new DatabaseSync(path);
  database.exec(pragma);
  database.close();
}

function overwrite(at: number, bytes: number): void {
  const content = readFileSync(path);
  content.fill(0xa5, at, at + bytes);
  writeFileSync(path, content);
}

test("a new database is private, and its header says whose it is", async () => {
  const backend = await openSqlite({ path });
  await put(backend, 1);
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
  assert.equal(mode(join(directory, "data")), "700");
  const files = readdirSync(join(directory, "data"));
  assert.deepEqual(files.sort(), [
    "cluster.db",
    "cluster.db-shm",
    "cluster.db-wal",
    "cluster.db.lock",
    "cluster.db.seal",
  ]);
  for (const file of files) assert.equal(mode(join(directory, "data", file)), "600", file);
  await backend.close();
  assert.equal(readFileSync(path).toString("latin1", 68, 72), "SLPT");
  assert.equal(readFileSync(path).readUInt32BE(60), migrations.at(-1)?.version);
});

test("files that others may read bring a warning", async () => {
  await someDatabase();
  chmodSync(path, 0o644);
  chmodSync(join(directory, "data"), 0o755);
  const warnings: string[] = [];
  const logger = { warn: (_: object, message: string) => warnings.push(message), error: () => {} };
  await (await openSqlite({ path, logger })).close();
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /\/data is open to other users \(0755\): chmod 0700 /);
  assert.match(warnings[1] ?? "", /cluster\.db is open to other users \(0644\): chmod 0600 /);
});

test("a file that is no database is refused and not touched", async () => {
  await someDatabase();
  for (const content of ["", "x", "hello, world\n".repeat(1000)]) {
    writeFileSync(path, content);
    await refusesUnchanged(/is not an SQLite database, or is damaged/);
  }
});

test("a database of another program is refused and not touched", async () => {
  await someDatabase();
  setHeader("PRAGMA application_id = 1; PRAGMA user_version = 0");
  await refusesUnchanged(/of another program/);
});

test("a newer database is refused and not touched", async () => {
  await someDatabase();
  setHeader("PRAGMA user_version = 1000");
  await refusesUnchanged(/written by a newer release \(schema 1000, this release knows 1\)/);
});

test("a newer version that is still in the write-ahead log is refused and not touched", async () => {
  await someDatabase();
  const copy = `${path}.copy`;
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 1000");
  for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
  database.close();
  for (const suffix of ["", "-wal"]) copyFileSync(copy + suffix, path + suffix);
  await refusesUnchanged(/newer release/);
});

test("a truncated database is refused and not touched", async () => {
  await someDatabase();
  truncateSync(path, statSync(path).size - 8192);
  await refusesUnchanged(/is damaged \(it has \d+ bytes of \d+\)/);
});

test("a database with a broken page is refused and not touched", async () => {
  await someDatabase();
  overwrite(3 * 8192, 8192);
  await refusesUnchanged(/is damaged/);
});

test("a database that broke after an unclean stop is refused and not touched", async () => {
  await someDatabase();
  uncleanStop();
  overwrite(5 * 8192, 8192);
  await refusesUnchanged(/is damaged/);
});

test("after an unclean stop everything is there", async () => {
  await someDatabase();
  uncleanStop();
  const backend = await openSqlite({ path });
  assert.equal((await backend.list({ prefix: prefix("n"), limit: 1000 })).items.length, 101);
  await backend.close();
});

test("two processes cannot have it open, and a killed one leaves no lock", async () => {
  const backend = await openSqlite({ path });
  const script = `
    const { openSqlite } = await import(${JSON.stringify(new URL("./sqlite-backend.ts", import.meta.url))});
    await openSqlite({ path: ${JSON.stringify(path)} });`;
  const options = ["--conditions=sallyport-source", "--input-type=module", "--eval", script];
  const { status, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /cluster\.db is in use by another process; stop that one first/);
  await assert.rejects(openSqlite({ path }), /is in use by another process/);
  await put(backend, 1);
  await backend.close();
  uncleanStop();
  await (await openSqlite({ path })).close();
});

const second: Migration = {
  version: 2,
  sql: "ALTER TABLE items ADD COLUMN note TEXT; INSERT INTO meta VALUES ('second', 'yes')",
};

function userVersion(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  const version = database.prepare("PRAGMA user_version").get()?.user_version;
  database.close();
  return version;
}

test("a migration keeps a copy of what was before, which opens as a database with another epoch", async () => {
  await someDatabase();
  const before = await openSqlite({ path });
  const cursor = (await before.watch({ prefixes: [prefix()], onChanges: () => {} })).cursor;
  await before.close();
  prepareFile(path, undefined, [...migrations, second])();
  assert.equal(userVersion(path), 2);
  const backup = `${path}.v1.backup`;
  assert.equal(userVersion(backup), 1);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  const restored = await openSqlite({ path: backup });
  assert.equal((await restored.list({ prefix: prefix("n"), limit: 1000 })).items.length, 100);
  const stale = restored.watch({ prefixes: [prefix()], from: cursor, onChanges: () => {} });
  await assert.rejects(stale, { reason: "CURSOR_TOO_OLD" });
  await restored.close();
  await refusesUnchanged(/newer release \(schema 2, this release knows 1\)/);
});

test("a migration that fails leaves the version and the content as they were", async () => {
  await someDatabase();
  const broken = { version: 2, sql: `${second.sql}; INSERT INTO missing VALUES (1)` };
  assert.throws(() => prepareFile(path, undefined, [...migrations, broken]), /no such table/);
  assert.equal(userVersion(path), 1);
  const backend = await openSqlite({ path });
  assert.equal((await backend.list({ prefix: prefix("n"), limit: 1000 })).items.length, 100);
  await backend.close();
});

test("a second start migrates nothing and copies nothing", async () => {
  await someDatabase();
  const before = readdirSync(join(directory, "data"));
  await (await openSqlite({ path })).close();
  assert.deepEqual(readdirSync(join(directory, "data")), before);
});

async function cursorNow(): Promise<Cursor> {
  const backend = await openSqlite({ path });
  const { cursor } = await backend.watch({ prefixes: [prefix()], onChanges: () => {} });
  await backend.close();
  return cursor;
}

async function resumes(from: Cursor): Promise<boolean> {
  const backend = await openSqlite({ path });
  try {
    await backend.watch({ prefixes: [prefix()], from, onChanges: () => {} });
    return true;
  } catch (error) {
    assert(isAppError(error, "CURSOR_TOO_OLD"));
    return false;
  } finally {
    await backend.close();
  }
}

test("cursors are resumed after stops, and not in a copy that was restored", async () => {
  await someDatabase();
  const cursor = await cursorNow();
  uncleanStop();
  assert.equal(await resumes(cursor), true);
  copyFileSync(path, `${path}.copy`);
  assert.equal(await resumes(cursor), true);
  copyFileSync(`${path}.copy`, path);
  assert.equal(await resumes(cursor), false, "a copy from before the last start");
  const later = await cursorNow();
  renameSync(path, `${path}.old`);
  copyFileSync(`${path}.old`, path);
  assert.equal(await resumes(later), false, "another file in its place");
  assert.equal(await resumes(await cursorNow()), true);
});
