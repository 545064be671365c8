import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { APPLICATION_ID } from "./schema.ts";
import { unusable } from "./sqlite-error.ts";

/** Up to this size every page is looked at on each start (a second per gigabyte or so). */
const ALWAYS_CHECKED_BYTES = 512 * 1024 * 1024;

/** Numbers of the header (https://www.sqlite.org/fileformat.html#the_database_header), big-endian. */
const HEADER = {
  bytes: 100,
  pageSize: 16,
  changes: 24,
  pages: 28,
  version: 60,
  application: 68,
  pagesAt: 92,
};

/**
 * Looks at a database file without changing it, and gives the version of its schema. Throws STORAGE_UNUSABLE where
 * it is no database of ours, is damaged, or is newer than `newest`.
 *
 * A stop that is not clean leaves a write-ahead log, and then every page is checked; after a clean stop only
 * a file that is small enough, so that a start stays fast.
 */
export function checkFile(path: string, newest: number): number {
  const header = readHeader(path);
  refuseForeign(path, header.readUInt32BE(HEADER.application), header.readUInt32BE(HEADER.version), newest);
  const clean = !existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0;
  if (clean) refuseTruncated(path, header);
  const url = pathToFileURL(path);
  // Without a log to read, SQLite need not make the side files that a shared one has.
  if (clean) url.searchParams.set("immutable", "1");
  return checkContent(path, url, newest, !clean || statSync(path).size <= ALWAYS_CHECKED_BYTES);
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER.bytes);
  const file = openToRead(path);
  try {
    readSync(file, header, 0, HEADER.bytes, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 0, 16) === "SQLite format 3\0") return header;
  throw unusable(`${path} is not an SQLite database, or is damaged; nothing was changed. ${RESTORE}`);
}

function openToRead(path: string): number {
  if (!statSync(path).isFile()) throw unusable(`${path} is not a file`);
  try {
    return openSync(path, "r");
  } catch (error) {
    throw unusable(`${path} cannot be read; check its owner and permissions`, error);
  }
}

const RESTORE = "Restore it from a backup, or move it away to start with an empty one.";

function refuseForeign(path: string, application: number, version: number, newest: number): void {
  if (application !== APPLICATION_ID) {
    throw unusable(`${path} is an SQLite database of another program; nothing was changed`);
  }
  if (version > newest) {
    throw unusable(
      `${path} was written by a newer release (schema ${version}, this release knows ${newest}); ` +
        "nothing was changed. Start that release, or restore the backup it made",
    );
  }
}

function refuseTruncated(path: string, header: Buffer): void {
  const stored = header.readUInt16BE(HEADER.pageSize);
  const pageSize = stored === 1 ? 65_536 : stored;
  const pages = header.readUInt32BE(HEADER.pages);
  const known = header.readUInt32BE(HEADER.changes) === header.readUInt32BE(HEADER.pagesAt);
  if (!known || statSync(path).size === pages * pageSize) return;
  throw damaged(path, `it has ${statSync(path).size} bytes of ${pages * pageSize}`);
}

/** Through a read-only connection, which also sees what is still in the write-ahead log. */
function checkContent(path: string, url: URL, newest: number, everyPage: boolean): number {
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const version = pragma(database, "user_version");
    refuseForeign(path, pragma(database, "application_id"), version, newest);
    if (everyPage) refuseDamaged(path, database);
    return version;
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_SQLITE_ERROR") throw error;
    throw damaged(path, (error as Error).message, error);
  } finally {
    database.close();
  }
}

function refuseDamaged(path: string, database: DatabaseSync): void {
  const found = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  if (found !== "ok") throw damaged(path, String(found).replaceAll("\n", " "));
}

function damaged(path: string, how: string, cause?: unknown): Error {
  return unusable(`${path} is damaged (${how}); nothing was changed. ${RESTORE}`, cause);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
