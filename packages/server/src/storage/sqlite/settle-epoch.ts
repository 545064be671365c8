import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { newToken } from "../../kernel/ids.ts";

/**
 * Gives the database a new epoch where it is not the one that was last started in this place: a copy that was
 * restored has lost changes, so cursors from before must not be resumed in it.
 *
 * Each start leaves a fresh mark in the database, and beside it in `<path>.seal` with the number of the file. A copy
 * from before the last start has another mark, a file that was put in its place another number. Where only the seal
 * is lost, watchers list again, which does no harm.
 */
export function settleEpoch(path: string): void {
  const seal = `${path}.seal`;
  const database = new DatabaseSync(path);
  try {
    const value = (name: string) =>
      database.prepare("SELECT value FROM meta WHERE name = ?").get(name)?.value;
    const mark = newToken();
    const known = existsSync(seal) ? readFileSync(seal, "utf8") : "";
    const same = known === sealText(path, String(value("mark")));
    const epoch = same ? String(value("epoch")) : newToken();
    const set = database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?), (?, ?)");
    set.run("epoch", epoch, "mark", mark);
    writeFileSync(seal, sealText(path, mark), { mode: 0o600 });
  } finally {
    database.close();
  }
}

function sealText(path: string, mark: string): string {
  return `${mark} ${statSync(path).ino}\n`;
}
