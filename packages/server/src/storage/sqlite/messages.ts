import type { Item, Key } from "../backend.ts";
import type { PackedGroup } from "./packed-group.ts";
import type { SqliteFailure } from "./sqlite-error.ts";

/** What the writer's thread is asked, one at a time. Instants come from the main thread's clock. */
export type WriterRequest =
  | { readonly kind: "group"; readonly now: number; readonly commits: PackedGroup }
  | { readonly kind: "sweep"; readonly now: number; readonly limit: number }
  | { readonly kind: "prune"; readonly before: number; readonly keep: number; readonly limit: number }
  | { readonly kind: "purge" }
  | { readonly kind: "diagnose" }
  | { readonly kind: "close" };

/** An item without its key. */
export type Row = Pick<Item, "value" | "revision" | "expiresAt">;

/** Per change: what was there before, undefined for nothing; null where watchers see nothing of the change. */
export type Effects = readonly (Row | undefined | null)[];

export interface Refused {
  readonly refused: number;
  readonly found: "absent" | "present";
}

export type Outcome = Effects | Refused;

/** How the writer's connection is set, read back from SQLite itself. */
export interface WriterDiagnostics {
  readonly journalMode: string;
  /** 2 is FULL: the log is flushed to the disk in every commit. */
  readonly synchronous: number;
  readonly pageSize: number;
  readonly pages: number;
  readonly sqliteVersion: string;
}

/** `sequence` is the newest one after the transaction. */
export type WriterReply =
  | { readonly kind: "ready" }
  | { readonly kind: "group"; readonly sequence: number; readonly outcomes: readonly Outcome[] }
  | {
      readonly kind: "sweep";
      readonly sequence: number;
      readonly expired: readonly { readonly key: Key; readonly previous: Row }[];
      readonly more: boolean;
    }
  | { readonly kind: "prune"; readonly more: boolean }
  | { readonly kind: "purge" }
  | { readonly kind: "diagnose"; readonly diagnostics: WriterDiagnostics }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly failure: SqliteFailure };

export interface WriterData {
  readonly path: string;
  /** The file never grows beyond this; without it the disk is the limit. */
  readonly maxPages?: number | undefined;
}
