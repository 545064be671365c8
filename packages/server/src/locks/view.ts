import { fromBinary } from "@bufbuild/protobuf";
import { LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { Clock } from "../kernel/clock.ts";
import {
  type Backend,
  type Item,
  type Key,
  type StoredChange,
  segmentsOf,
  type Watch,
} from "../storage/index.ts";
import { decideLock, isInForce, type KnownLocks, type LockingMode, type LockVerdict } from "./decide-lock.ts";
import { type Lock, type LockSubject, lockTargetFields } from "./lock.ts";
import { lockOf, locksPrefix, remoteLocksPrefix } from "./store.ts";

/** All locks in memory, kept true within the very write, so that a lock hits at the next call. */
export interface LockView extends KnownLocks {
  decide(subjects: readonly LockSubject[], now: number, mode?: LockingMode): LockVerdict;
  /** The text of a lock in force on any of the subjects; undefined where there is none. */
  lockOn(subjects: readonly LockSubject[], now: number, mode?: LockingMode): string | undefined;
  /** Hears of every lock that comes into force; the returned function stops it. Must not throw. */
  onLock(heard: (lock: Lock) => void): () => void;
  close(): void;
}

const LOAD_CHUNK = 1000;

export async function openLockView(backend: Backend, clock: Clock): Promise<LockView> {
  const view = new Locks(clock);
  await view.open(backend);
  return view;
}

class Locks implements LockView {
  readonly #clock: Clock;
  readonly #byKey = new Map<Key, Lock>();
  readonly #bySubject = new Map<string, Set<Lock>>();
  readonly #listeners = new Set<(lock: Lock) => void>();
  #watch: Watch | undefined;
  /** Keys that changed while the stored locks were being read; the change is newer. */
  #changedWhileLoading: Set<Key> | undefined = new Set();
  #isStale = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  async open(backend: Backend): Promise<void> {
    this.#watch = await backend.watch({
      prefixes: [locksPrefix, remoteLocksPrefix],
      onChanges: (changes) => {
        for (const change of changes) this.#apply(change);
      },
      onEnd: () => {
        this.#isStale = true;
      },
    });
    for (const prefix of [locksPrefix, remoteLocksPrefix]) await this.#load(backend, prefix);
    this.#changedWhileLoading = undefined;
    this.#isStale = false;
  }

  /** What another cluster has locked holds for whoever comes from there, and for nobody else (threat 35). */
  naming({ field, value, cluster }: LockSubject): readonly Lock[] {
    const from = cluster === undefined ? [""] : ["", cluster];
    return from.flatMap((one) => [...(this.#bySubject.get(subjectKey(one, field, value)) ?? [])]);
  }

  decide(subjects: readonly LockSubject[], now: number, mode?: LockingMode): LockVerdict {
    if (this.#byKey.size === 0 && !this.#isStale) return { locked: false };
    return decideLock(this, subjects, now, mode);
  }

  lockOn(subjects: readonly LockSubject[], now: number, mode?: LockingMode): string | undefined {
    const verdict = this.decide(subjects, now, mode);
    return verdict.locked ? verdict.because : undefined;
  }

  onLock(heard: (lock: Lock) => void): () => void {
    this.#listeners.add(heard);
    return () => this.#listeners.delete(heard);
  }

  close(): void {
    this.#watch?.close();
    this.#listeners.clear();
    this.#isStale = true;
  }

  async #load(backend: Backend, prefix: Key): Promise<void> {
    let after: Key | undefined;
    do {
      const page = await backend.list({ prefix, after, limit: LOAD_CHUNK });
      for (const item of page.items) {
        if (!this.#changedWhileLoading?.has(item.key)) this.#put(item);
      }
      after = page.more ? page.items.at(-1)?.key : undefined;
    } while (after !== undefined);
  }

  #apply(change: StoredChange): void {
    this.#changedWhileLoading?.add(change.key);
    if (change.item === undefined) {
      this.#remove(change.key);
      return;
    }
    const lock = this.#put(change.item);
    if (!isInForce(lock, this.#clock.now())) return;
    for (const heard of this.#listeners) heard(lock);
  }

  #put(item: Item): Lock {
    this.#remove(item.key);
    const lock = lockOf(fromBinary(LockV2Schema, item.value));
    this.#byKey.set(item.key, lock);
    for (const key of subjectKeys(item.key, lock)) {
      const locks = this.#bySubject.get(key);
      if (locks === undefined) this.#bySubject.set(key, new Set([lock]));
      else locks.add(lock);
    }
    return lock;
  }

  #remove(key: Key): void {
    const lock = this.#byKey.get(key);
    if (lock === undefined) return;
    this.#byKey.delete(key);
    for (const subject of subjectKeys(key, lock)) {
      const locks = this.#bySubject.get(subject);
      locks?.delete(lock);
      if (locks?.size === 0) this.#bySubject.delete(subject);
    }
  }
}

/** Names of clusters and fields have no blanks, so that no two are written alike. */
const subjectKey = (cluster: string, field: string, value: string) => `${cluster} ${field} ${value}`;

function subjectKeys(path: Key, { target }: Lock): readonly string[] {
  const [room, sender = ""] = segmentsOf(path);
  const cluster = room === segmentsOf(remoteLocksPrefix)[0] ? sender : "";
  return lockTargetFields.flatMap((field) => {
    const value = target[field];
    return value === undefined ? [] : [subjectKey(cluster, field, value)];
  });
}
