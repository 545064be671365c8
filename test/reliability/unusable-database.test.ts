import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startDaemon } from "../support/daemon.ts";
import { connectAdmin } from "./connect-to.ts";

const program = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));

/** Ways in which a database can be no good, with what the daemon has to say of it. */
const spoilt: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ["a page of nonsense", (path) => overwrite(path, 4096, Buffer.alloc(4096, 0xa5)), /damaged/],
  ["a page short", (path) => truncateSync(path, statSync(path).size - 4096), /damaged/],
  ["no database", (path) => overwrite(path, 0, Buffer.from("#!/bin/sh\nexit 0\n")), /not an SQLite database/],
  ["a newer release", (path) => setVersion(path, 9999), /newer release.*9999/],
];

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = DELETE; PRAGMA user_version = ${version}`);
  database.close();
}

for (const [what, spoil, says] of spoilt) {
  test(`a start on a database of ${what} says so and changes nothing`, { timeout: 60_000 }, async () => {
    const daemon = await startDaemon();
    try {
      const admin = await connectAdmin(daemon);
      await admin.users.create({
        Kind: "user",
        Version: "v2",
        Metadata: { Name: "a" },
        Spec: { Roles: ["access"] },
      });
      await admin.close();
      assert.equal(await daemon.stop(), 0);
      const path = databaseIn(daemon.dataDir);
      spoil(path);
      const before = contentOf(join(path, ".."));
      const { status, stderr } = spawnSync(process.execPath, [program, "start", "-c", daemon.configFile], {
        encoding: "utf8",
        timeout: 30_000,
        env: { PATH: process.env.PATH, HOME: daemon.directory },
      });
      assert.equal(status, 1, stderr);
      assert.match(stderr, says);
      assert.match(stderr, /nothing was changed/);
      assert.ok(stderr.includes(path), "it names the file");
      assert.deepEqual(contentOf(join(path, "..")), before);
    } finally {
      rmSync(daemon.directory, { recursive: true, force: true });
    }
  });
}

function databaseIn(dataDir: string): string {
  return join(dataDir, "backend", "sallyport.sqlite");
}

/** Every file with a digest of what is in it; the lock file only holds who holds it. */
function contentOf(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory).filter((name) => !name.endsWith(".lock"));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(directory, name)))
        .digest("hex"),
    ]),
  );
}
