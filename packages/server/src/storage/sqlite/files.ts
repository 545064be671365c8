import { closeSync, existsSync, fsyncSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeDirectory } from "../../kernel/make-directory.ts";
import type { StorageLogger } from "../logger.ts";
import { unusable } from "./sqlite-error.ts";

/** Everything that belongs to a database file. */
const SUFFIXES = ["", "-wal", "-shm", ".lock", ".seal"] as const;

/** Makes the directory for its owner alone, and warns where others may enter it or read the files. */
export function secureDirectory(path: string, logger: StorageLogger | undefined): void {
  try {
    makeDirectory(dirname(path), 0o700);
  } catch (error) {
    throw unusable(`the directory ${dirname(path)} cannot be made; check its owner and permissions`, error);
  }
  warnIfOpen(dirname(path), "0700", logger);
  for (const suffix of SUFFIXES) warnIfOpen(path + suffix, "0600", logger);
}

function warnIfOpen(path: string, wanted: string, logger: StorageLogger | undefined): void {
  if (!existsSync(path)) return;
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  const found = mode.toString(8).padStart(4, "0");
  logger?.warn({ path, mode: found }, `${path} is open to other users (${found}): chmod ${wanted} ${path}`);
}

/** An empty file that only its owner may read; SQLite gives its side files the same mode. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, "w", 0o600));
}

/** Forces a file, or the names in a directory, to the disk. */
export function syncToDisk(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
