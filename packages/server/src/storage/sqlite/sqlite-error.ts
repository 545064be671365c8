import { AppError } from "@sallyport/api/errors";

/** Primary result codes of SQLite after which the next transaction may well succeed. */
const PASSING = new Set([5 /* BUSY */, 6 /* LOCKED */, 13 /* FULL */, 18 /* TOOBIG */]);

/** What SQLite said, in a form that crosses threads. */
export interface SqliteFailure {
  readonly message: string;
  /** After it nobody knows what the file holds, so nothing more may be written before a restart. */
  readonly fatal: boolean;
}

export function sqliteFailure(error: unknown): SqliteFailure {
  const code = Number((error as { errcode?: number }).errcode ?? 0) & 0xff;
  const message = error instanceof Error ? error.message : String(error);
  return { message, fatal: !PASSING.has(code) };
}

export function unusable(message: string, cause?: unknown): AppError {
  return new AppError("STORAGE_UNUSABLE", message, { cause });
}
