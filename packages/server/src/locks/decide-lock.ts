import { type Lock, type LockSubject, type LockTarget, type LockTargets, lockTargetFields } from "./lock.ts";

export type LockVerdict =
  | { readonly locked: false }
  /** `lock` is undefined where the view of locks is too old to trust. */
  | { readonly locked: true; readonly lock: Lock | undefined; readonly because: string };

/** `strict` refuses everything while it is not known which locks there are; `best_effort` uses what was known. */
export type LockingMode = "strict" | "best_effort";

/** What is known of locks at the moment. */
export interface KnownLocks {
  /** Locks that name this subject, in force or not. */
  naming(subject: LockSubject): readonly Lock[];
  readonly isStale: boolean;
}

/** Is any of it locked? A lock with several fields hits when any one of them is met. */
export function decideLock(
  known: KnownLocks,
  targets: LockTargets,
  now: number,
  mode: LockingMode = "best_effort",
): LockVerdict {
  if (known.isStale && mode === "strict") {
    return { locked: true, lock: undefined, because: "the locks in force are not known at the moment" };
  }
  for (const subject of subjectsOf(targets)) {
    const lock = known.naming(subject).find((one) => isInForce(one, now));
    if (lock !== undefined) return { locked: true, lock, because: describeLock(lock) };
  }
  return { locked: false };
}

export function isInForce(lock: Lock, now: number): boolean {
  return lock.expiresAt === undefined || lock.expiresAt > now;
}

/** Whether the lock names any of it; for streams that hear of a new lock. */
export function hits(lock: Lock, targets: LockTargets): boolean {
  return subjectsOf(targets).some(({ field, value }) => lock.target[field] === value);
}

/** For listing: every field of the filter is met by the lock. An empty filter meets none. */
export function isTargetedBy(lock: Lock, filter: LockTarget): boolean {
  const fields = lockTargetFields.filter((field) => filter[field] !== undefined);
  return fields.length > 0 && fields.every((field) => lock.target[field] === filter[field]);
}

export function describeLock(lock: Lock): string {
  const target = lockTargetFields
    .filter((field) => lock.target[field] !== undefined)
    .map((field) => `${field} ${JSON.stringify(lock.target[field])}`);
  const words = `lock targeting ${target.join(", ")} is in force`;
  return lock.message === "" ? words : `${words}: ${lock.message}`;
}

function subjectsOf(targets: LockTargets): readonly LockSubject[] {
  const each = (field: LockSubject["field"], values: readonly string[] = []) =>
    values.map((value) => ({ field, value }));
  return [
    ...each("user", targets.users),
    ...each("role", targets.roles),
    ...each("access_request", targets.accessRequests),
    ...each("mfa_device", targets.mfaDevices),
    ...each("device", targets.devices),
    ...each("server_id", targets.serverIds),
    ...each("login", targets.logins),
    ...each("windows_desktop", targets.windowsDesktops),
  ];
}
