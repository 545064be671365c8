import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Key, Revision } from "../backend.ts";
import type { Row } from "./messages.ts";

/** The statements of the writer's connection, prepared once. */
export class WriteStatements {
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #log: StatementSync;
  readonly #expired: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT value, revision, expires_at FROM items WHERE key = ?");
    this.#put = database.prepare(
      `INSERT INTO items (key, value, revision, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET
         value = excluded.value, revision = excluded.revision, expires_at = excluded.expires_at`,
    );
    this.#delete = database.prepare("DELETE FROM items WHERE key = ?");
    this.#log = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#expired = database.prepare(
      `SELECT key, value, revision, expires_at FROM items
       WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
    );
  }

  find(key: Key): Row | undefined {
    const row = this.#find.get(key);
    return row === undefined ? undefined : readRow(row);
  }

  put(key: Key, row: Row): void {
    this.#put.run(key, row.value, row.revision, row.expiresAt ?? null);
  }

  delete(key: Key): void {
    this.#delete.run(key);
  }

  expired(now: number, limit: number): { key: Key; previous: Row }[] {
    return this.#expired.all(now, limit).map((row) => ({ key: row.key as Key, previous: readRow(row) }));
  }

  log(entry: {
    sequence: number;
    commitEnd: number;
    at: number;
    key: Key;
    row: Row | undefined;
    previous: Row | undefined;
  }): void {
    const { sequence, commitEnd, at, key, row, previous } = entry;
    this.#log.run(sequence, commitEnd, at, key, ...columnsOf(row), ...columnsOf(previous));
  }
}

function columnsOf(row: Row | undefined): [Uint8Array | null, string | null, number | null] {
  return row === undefined ? [null, null, null] : [row.value, row.revision, row.expiresAt ?? null];
}

/** An item from the columns `value`, `revision` and `expires_at`. */
export function readRow(row: Record<string, unknown>): Row {
  return {
    value: row.value as Uint8Array,
    revision: row.revision as Revision,
    expiresAt: (row.expires_at as number | null) ?? undefined,
  };
}
