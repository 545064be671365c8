import { AppError } from "@sallyport/api/errors";
import type { Cursor } from "./backend.ts";

/** The place after the change of this sequence in this epoch. */
export function formatCursor(epoch: string, sequence: number): Cursor {
  return `${epoch}:${sequence}` as Cursor;
}

/** The place after one change of a batch, from the cursor of that batch. */
export function cursorAt(cursor: Cursor, sequence: number): Cursor {
  return formatCursor(cursor.slice(0, cursor.indexOf(":")), sequence);
}

export interface LogSpan {
  readonly epoch: string;
  /** A cursor at this sequence or later can be resumed. */
  readonly oldest: number;
  readonly newest: number;
}

/** The sequence of `cursor`; throws CURSOR_TOO_OLD unless the log still holds everything after it. */
export function resumeFrom(cursor: Cursor, span: LogSpan): number {
  const match = /^([^:]+):(\d{1,16})$/.exec(cursor);
  const sequence = Number(match?.[2] ?? Number.NaN);
  if (match?.[1] !== span.epoch || !(sequence >= span.oldest && sequence <= span.newest)) {
    throw new AppError("CURSOR_TOO_OLD", "the cursor is too old, or of another database");
  }
  return sequence;
}
