import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { createPrivateFile } from "./files.ts";
import { unusable } from "./sqlite-error.ts";

/**
 * Holds `<path>.lock` until the returned function is called or the process ends, however it ends: an exclusive
 * transaction on an empty database, which the kernel lets go. The database itself stays open to readers.
 */
export function holdLock(path: string): () => void {
  const lockPath = `${path}.lock`;
  if (!existsSync(lockPath)) createPrivateFile(lockPath);
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    // Nothing is ever written, so no journal has to outlive a crash.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw unusable(`${path} is in use by another process; stop that one first`, error);
  }
  return () => database.close();
}
