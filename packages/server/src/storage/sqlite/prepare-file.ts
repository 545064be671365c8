import { existsSync } from "node:fs";
import { AppError } from "@sallyport/api/errors";
import type { StorageLogger } from "../logger.ts";
import { checkFile } from "./check-file.ts";
import { holdLock } from "./file-lock.ts";
import { secureDirectory } from "./files.ts";
import { createDatabase, migrate } from "./migrate.ts";
import { type Migration, migrations as released } from "./schema.ts";
import { settleEpoch } from "./settle-epoch.ts";
import { unusable } from "./sqlite-error.ts";

/**
 * Makes sure that `path` is a whole database of this version which nobody else writes; gives the release of its
 * lock. Throws STORAGE_UNUSABLE, and has then changed nothing of the database.
 */
export function prepareFile(
  path: string,
  logger: StorageLogger | undefined,
  migrations: readonly Migration[] = released,
): () => void {
  let release = () => {};
  try {
    secureDirectory(path, logger);
    release = holdLock(path);
    if (existsSync(path)) migrate(path, checkFile(path, newestOf(migrations)), migrations);
    else createDatabase(path, migrations);
    settleEpoch(path);
    return release;
  } catch (error) {
    release();
    if (error instanceof AppError) throw error;
    throw unusable(`${path} cannot be opened: ${error instanceof Error ? error.message : error}`, error);
  }
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
