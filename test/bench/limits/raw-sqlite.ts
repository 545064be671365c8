import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { measureRaw, type RawCost } from "./measure-raw.ts";

/** Commits that share a transaction, as many as there are calls in flight. */
export const BATCH = 64;

/**
 * What SQLite itself takes for the rows of one access request: the request, three index keys and the audit entry, and
 * the four log rows of what watchers see; 64 of them a transaction, each transaction on the disk.
 */
export function measureSqlite(rounds: number): RawCost {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  const database = new DatabaseSync(join(folder, "raw.sqlite"));
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE items (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE log (sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, value BLOB NOT NULL)`);
    const batch = measureRaw(rounds, 100, writeBatch(database));
    return { callsPerSecond: batch.callsPerSecond * BATCH, cpuUs: batch.cpuUs / BATCH };
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function writeBatch(database: DatabaseSync): () => void {
  const putItem = database.prepare("INSERT INTO items VALUES (?, ?, ?)");
  const putLog = database.prepare("INSERT INTO log (key, value) VALUES (?, ?)");
  const value = new Uint8Array(400).fill(1);
  const nothing = new Uint8Array();
  let count = 0;
  const nextId = () => String(++count).padStart(12, "0");
  return () => {
    database.exec("BEGIN");
    for (let index = 0; index < BATCH; index += 1) {
      const id = nextId();
      const revision = randomUUID();
      putItem.run(`/audit/${id}`, value, revision);
      for (const room of ["requests", "by_user", "by_state", "by_end"]) {
        const kept = room === "requests" ? value : nothing;
        putItem.run(`/${room}/${id}`, kept, revision);
        putLog.run(`/${room}/${id}`, kept);
      }
    }
    database.exec("COMMIT");
  };
}
