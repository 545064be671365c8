import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type {
  Backend,
  Change,
  Clock,
  CommitResult,
  Condition,
  Cursor,
  Item,
  Key,
  Revision,
  StoredChange,
  Watch,
} from "@sallyport/server/storage";
import { prefix } from "@sallyport/server/storage";
import { ManualClock } from "../manual-clock.ts";

/** Where the data of one test lives. */
export interface BackendPlace {
  /** Whether what was committed is there after closing and opening again. */
  readonly durable: boolean;
  /** `logEntries` bounds the log of changes; a backend may keep a little more. */
  open(options: { clock: Clock; logEntries?: number }): Promise<Backend>;
  /** Removes everything; the backend is closed. */
  destroy(): Promise<void>;
}

export type NewPlace = () => Promise<BackendPlace>;

/** What a test of the contract works with. */
export interface Subject {
  readonly backend: Backend;
  readonly clock: ManualClock;
  readonly place: BackendPlace;
  /** Closes the backend and opens it again in its place. */
  reopen(options?: { logEntries?: number }): Promise<Backend>;
}

/** Registers a test that gets a fresh backend. */
export function contractTest(
  name: string,
  newPlace: NewPlace,
  run: (subject: Subject) => Promise<void>,
  options: { logEntries?: number } = {},
): void {
  test(name, { timeout: 60_000 }, async () => {
    const place = await newPlace();
    const clock = new ManualClock();
    let backend = await place.open({ clock, ...options });
    const reopen = async (again: { logEntries?: number } = options) => {
      await backend.close();
      backend = await place.open({ clock, ...again });
      return backend;
    };
    try {
      await run({ backend, clock, place, reopen });
    } finally {
      await backend.close();
      await place.destroy();
    }
  });
}

export const everything = prefix();
export const any: Condition = { is: "any" };
export const absent: Condition = { is: "absent" };
export const present: Condition = { is: "present" };
export const at = (revision: Revision): Condition => ({ is: "at", revision });

export function revision(): Revision {
  return randomUUID() as string as Revision;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(item: Item | undefined): string | undefined {
  return item === undefined ? undefined : new TextDecoder().decode(item.value);
}

export function put(
  key: Key,
  value: string,
  condition: Condition = any,
  more: { revision?: Revision; expiresAt?: number } = {},
): Change {
  return { op: "put", key, value: bytes(value), condition, revision: revision(), ...more };
}

export function del(key: Key, condition: Condition = any): Change {
  return { op: "delete", key, condition };
}

export function check(key: Key, condition: Condition): Change {
  return { op: "check", key, condition };
}

/** Commits what must succeed, and gives the place after it. */
export async function commit(backend: Backend, ...changes: Change[]): Promise<Cursor> {
  const result = await backend.commit(changes);
  assert(result.ok, `refused: ${JSON.stringify(result)}`);
  return result.cursor;
}

/** Commits what must be refused. */
export async function refused(
  backend: Backend,
  ...changes: Change[]
): Promise<Extract<CommitResult, { ok: false }>> {
  const result = await backend.commit(changes);
  assert(!result.ok, "it was committed");
  return result;
}

export interface Seen {
  readonly watch: Watch;
  readonly changes: StoredChange[];
  /** One per call, with the number of changes seen by then. */
  readonly cursors: { readonly cursor: Cursor; readonly seen: number }[];
}

/** Watches and remembers. */
export async function record(
  backend: Backend,
  options: { from?: Cursor; prefixes?: readonly Key[] } = {},
): Promise<Seen> {
  const changes: StoredChange[] = [];
  const cursors: { cursor: Cursor; seen: number }[] = [];
  const watch = await backend.watch({
    prefixes: [everything],
    ...options,
    onChanges: (batch, cursor) => {
      changes.push(...batch);
      cursors.push({ cursor, seen: changes.length });
    },
  });
  return { watch, changes, cursors };
}

/** A change in few words: `put /a 1 (was 0)`. */
export function words(change: StoredChange): string {
  const was = change.previous === undefined ? "" : ` (was ${text(change.previous)})`;
  return `${change.op} ${change.key}${change.item === undefined ? "" : ` ${text(change.item)}`}${was}`;
}

/** Lets the backend work until `done`; fails after a while. */
export async function until(done: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await done())) {
    assert(performance.now() < end, `in vain: ${what}`);
    await setImmediate();
  }
}
