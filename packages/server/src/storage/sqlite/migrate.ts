import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createPrivateFile, syncToDisk } from "./files.ts";
import { APPLICATION_ID, type Migration } from "./schema.ts";
import { unusable } from "./sqlite-error.ts";

/** A new database appears under its name only when it is whole: so an empty file is always a damaged one. */
export function createDatabase(path: string, migrations: readonly Migration[]): void {
  const draft = `${path}.new`;
  removeDatabase(draft);
  createPrivateFile(draft);
  const database = new DatabaseSync(draft);
  database.exec(
    `PRAGMA page_size = 8192; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA journal_mode = WAL`,
  );
  for (const migration of migrations) apply(database, migration);
  database.close();
  syncToDisk(draft);
  renameSync(draft, path);
  syncToDisk(dirname(path));
}

/** Brings a database of an older version up to date; before each step a copy is kept as `<path>.v<version>.backup`. */
export function migrate(path: string, from: number, migrations: readonly Migration[]): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    for (const migration of migrations.filter((step) => step.version > from)) {
      backUp(database, path, migration.version - 1);
      apply(database, migration);
    }
    // The header says the new version to whoever looks at the file next.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function apply(database: DatabaseSync, migration: Migration): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    database.exec(`PRAGMA user_version = ${migration.version}; COMMIT`);
  } catch (error) {
    database.exec("ROLLBACK");
    const { message } = error as Error;
    throw unusable(`the move to schema ${migration.version} failed and was undone: ${message}`, error);
  }
}

function backUp(database: DatabaseSync, path: string, version: number): void {
  const target = `${path}.v${version}.backup`;
  const draft = `${target}.new`;
  removeDatabase(draft);
  createPrivateFile(draft);
  database.prepare("VACUUM INTO ?").run(draft);
  syncToDisk(draft);
  renameSync(draft, target);
  syncToDisk(dirname(path));
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}
