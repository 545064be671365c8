import { DatabaseSync } from "node:sqlite";
import type { Change, Key } from "../backend.ts";
import { conditionHolds, isLive } from "../condition.ts";
import { isAuditKey } from "../key.ts";
import type { Effects, Outcome, Row, WriterData, WriterDiagnostics, WriterReply } from "./messages.ts";
import { sqliteFailure } from "./sqlite-error.ts";
import { WriteStatements } from "./write-statements.ts";

/** Pages, roughly, that the write-ahead log may have before it is moved into the file (40 MB). */
const CHECKPOINT_PAGES = 5000;
/** What a group writes even when it is small: the ends of the tables and the top of their trees. */
const GROUP_PAGES = 4;

interface Logged {
  readonly key: Key;
  readonly row: Row | undefined;
  readonly previous: Row | undefined;
}

/** The one connection that writes. Every method is one transaction, on the disk when it returns. */
export class GroupWriter {
  readonly #database: DatabaseSync;
  readonly #statements: WriteStatements;
  /** The newest sequence in the log. */
  #sequence: number;
  #pagesSinceCheckpoint = 0;

  constructor({ path, maxPages }: WriterData) {
    this.#database = new DatabaseSync(path, { timeout: 5000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;
      PRAGMA checkpoint_fullfsync = 1; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 40000`);
    if (maxPages !== undefined) this.#database.exec(`PRAGMA max_page_count = ${maxPages}`);
    this.#statements = new WriteStatements(this.#database);
    this.#sequence = this.#number("SELECT max(sequence) FROM log");
  }

  writeGroup(commits: readonly (readonly Change[])[], now: number): WriterReply {
    this.#pagesSinceCheckpoint += GROUP_PAGES;
    const outcomes = this.#transaction(() => commits.map((changes) => this.#apply(changes, now)));
    return { kind: "group", sequence: this.#sequence, outcomes };
  }

  /** Deletes up to `limit` items that have expired. */
  sweep(now: number, limit: number): WriterReply {
    const expired = this.#transaction(() => {
      const found = this.#statements.expired(now, limit);
      for (const { key, previous } of found) {
        this.#statements.delete(key);
        if (!isAuditKey(key)) this.#log([{ key, row: undefined, previous }], now);
      }
      return found;
    });
    const visible = expired.filter(({ key }) => !isAuditKey(key));
    return { kind: "sweep", sequence: this.#sequence, expired: visible, more: expired.length === limit };
  }

  /**
   * Forgets up to `limit` of the oldest changes: those from before `before` and those beyond the newest `keep`. The
   * newest one stays, so that sequences are never reused.
   */
  prune(before: number, keep: number, limit: number): WriterReply {
    return this.#transaction(() => {
      const end = this.#number("SELECT min(sequence) FROM log") + limit;
      const kept = this.#number(
        "SELECT min(sequence) FROM log WHERE sequence < ? AND sequence > ? AND at >= ?",
        end,
        this.#sequence - keep,
        before,
      );
      const bound = Math.min(kept === 0 ? end : kept, this.#sequence);
      const { changes } = this.#database.prepare("DELETE FROM log WHERE sequence < ?").run(bound);
      return { kind: "prune", more: Number(changes) === limit };
    });
  }

  /** Writes the file anew without anything that is not there any more. The newest change stays, as in `prune`. */
  purge(): WriterReply {
    this.#transaction(() => this.#database.prepare("DELETE FROM log WHERE sequence < ?").run(this.#sequence));
    this.#database.exec("VACUUM");
    this.#pagesSinceCheckpoint = 0;
    // The write-ahead log holds the old pages too, until it is cut.
    if (this.#number("PRAGMA wal_checkpoint(TRUNCATE)") !== 0) {
      throw Object.assign(new Error("somebody else is reading the database"), { errcode: 5 });
    }
    return { kind: "purge" };
  }

  diagnose(): WriterDiagnostics {
    const value = (sql: string) => Object.values(this.#database.prepare(sql).get() ?? {})[0];
    return {
      journalMode: String(value("PRAGMA journal_mode")),
      synchronous: Number(value("PRAGMA synchronous")),
      pageSize: Number(value("PRAGMA page_size")),
      pages: Number(value("PRAGMA page_count")),
      sqliteVersion: String(value("SELECT sqlite_version()")),
    };
  }

  /** Moves the write-ahead log into the file when it has grown; between groups, so that no answer waits for it. */
  checkpointIfDue(): void {
    if (this.#pagesSinceCheckpoint < CHECKPOINT_PAGES) return;
    this.#pagesSinceCheckpoint = 0;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      // With a full disk the write-ahead log keeps everything, and the next checkpoint tries again.
      if (sqliteFailure(error).fatal) throw error;
    }
  }

  close(): void {
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#database.close();
  }

  #transaction<T>(run: () => T): T {
    const sequence = this.#sequence;
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = run();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#sequence = sequence;
      // Some errors have rolled back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** All conditions are looked at before anything is written, so a refused commit leaves no trace. */
  #apply(changes: readonly Change[], now: number): Outcome {
    const before: (Row | undefined)[] = [];
    for (const [index, change] of changes.entries()) {
      const stored = this.#before(change);
      const found = stored !== undefined && isLive(stored, now) ? stored : undefined;
      if (!conditionHolds(change.condition, found)) {
        return { refused: index, found: found === undefined ? "absent" : "present" };
      }
      before.push(stored);
    }
    return this.#write(changes, before, now);
  }

  #before(change: Change): Row | undefined {
    // Nobody asks what an audit entry replaces.
    if (change.op === "put" && change.condition.is === "any" && isAuditKey(change.key)) return undefined;
    return this.#statements.find(change.key);
  }

  #write(changes: readonly Change[], before: readonly (Row | undefined)[], now: number): Effects {
    const logged: Logged[] = [];
    const effects = changes.map((change, index) => {
      const previous = before[index];
      if (change.op === "check" || (change.op === "delete" && previous === undefined)) return null;
      if (change.op === "put") this.#statements.put(change.key, change);
      else this.#statements.delete(change.key);
      this.#pagesSinceCheckpoint += 2;
      if (isAuditKey(change.key)) return null;
      logged.push({ key: change.key, row: change.op === "put" ? change : undefined, previous });
      return previous;
    });
    this.#log(logged, now);
    return effects;
  }

  #log(logged: readonly Logged[], at: number): void {
    const commitEnd = this.#sequence + logged.length;
    for (const entry of logged) {
      this.#sequence += 1;
      this.#statements.log({ ...entry, sequence: this.#sequence, commitEnd, at });
    }
  }

  #number(sql: string, ...parameters: number[]): number {
    return Number(Object.values(this.#database.prepare(sql).get(...parameters) ?? {})[0] ?? 0);
  }
}
