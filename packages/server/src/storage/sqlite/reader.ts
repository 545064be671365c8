import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Item, Key, Page, Range, StoredChange } from "../backend.ts";
import { boundsOf } from "../bounds.ts";
import { readRow } from "./write-statements.ts";

/** The first and last place in the log; both 0 while it is empty. */
export interface LogEnds {
  readonly first: number;
  readonly last: number;
  /** When the first was written. */
  readonly firstAt: number;
}

const LIVE = "(expires_at IS NULL OR expires_at > ?)";
const COLUMNS = "key, value, revision, expires_at";

/** A connection that only reads. Each call sees everything that was committed before it. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #up: StatementSync;
  readonly #down: StatementSync;
  readonly #expired: StatementSync;
  readonly #ends: StatementSync;
  readonly #log: StatementSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    this.#database.exec("PRAGMA cache_size = -16000");
    const prepare = (sql: string) => this.#database.prepare(sql);
    const range = `SELECT ${COLUMNS} FROM items WHERE key > ? AND key < ? AND ${LIVE} ORDER BY key`;
    this.#get = prepare("SELECT value, revision, expires_at FROM items WHERE key = ?");
    this.#up = prepare(`${range} LIMIT ?`);
    this.#down = prepare(`${range} DESC LIMIT ?`);
    this.#expired = prepare("SELECT 1 FROM items WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT 1");
    this.#ends = prepare(
      "SELECT sequence AS first, at, (SELECT max(sequence) FROM log) AS last FROM log ORDER BY sequence LIMIT 1",
    );
    this.#log = prepare(
      `SELECT * FROM log WHERE sequence > ?1 AND sequence <= min(?2,
         (SELECT max(commit_end) FROM log WHERE sequence > ?1 AND sequence <= ?1 + ?3)) ORDER BY sequence`,
    );
  }

  /** The item, also when it has expired. */
  get(key: Key): Item | undefined {
    const row = this.#get.get(key);
    return row === undefined ? undefined : { key, ...readRow(row) };
  }

  list(range: Range, now: number): Page {
    const { above, below } = boundsOf(range);
    const statement = range.reverse ? this.#down : this.#up;
    const rows = statement.all(above, below, now, range.limit + 1);
    const items = rows.slice(0, range.limit).map((row) => ({ key: row.key as Key, ...readRow(row) }));
    return { items, more: rows.length > range.limit };
  }

  hasExpired(now: number): boolean {
    return this.#expired.get(now) !== undefined;
  }

  epoch(): string {
    return String(this.#database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value);
  }

  logEnds(): LogEnds {
    const row = this.#ends.get();
    const number = (name: string) => Number(row?.[name] ?? 0);
    return { first: number("first"), last: number("last"), firstAt: number("at") };
  }

  /** Whole commits after `sequence` and up to `last`: about `limit` changes, none if there are none. */
  log(sequence: number, last: number, limit: number): StoredChange[] {
    return this.#log.all(sequence, last, limit).map(readChange);
  }

  close(): void {
    this.#database.close();
  }
}

function readChange(row: Record<string, unknown>): StoredChange {
  const key = row.key as Key;
  const item = row.revision === null ? undefined : { key, ...readRow(row) };
  const previous = {
    value: row.previous_value,
    revision: row.previous_revision,
    expires_at: row.previous_expires_at,
  };
  return {
    sequence: Number(row.sequence),
    op: item === undefined ? "delete" : "put",
    key,
    item,
    previous: previous.revision === null ? undefined : { key, ...readRow(previous) },
  };
}
