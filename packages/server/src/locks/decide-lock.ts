import type { Identity } from "@sallyport/api";
import { type Lock, type LockSubject, type LockTarget, lockTargetFields } from "./lock.ts";

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

/** Is any of the subjects locked? A lock with several fields hits when any one of them is met. */
export function decideLock(
  known: KnownLocks,
  subjects: readonly LockSubject[],
  now: number,
  mode: LockingMode = "best_effort",
): LockVerdict {
  if (known.isStale && mode === "strict") {
    return { locked: true, lock: undefined, because: "the locks in force are not known at the moment" };
  }
  for (const subject of subjects) {
    const lock = known.naming(subject).find((one) => isInForce(one, now));
    if (lock !== undefined) return { locked: true, lock, because: describeLock(lock) };
  }
  return { locked: false };
}

export function isInForce(lock: Lock, now: number): boolean {
  return lock.expiresAt === undefined || lock.expiresAt > now;
}

/** Whether the lock names any of the subjects; for streams that hear of a new lock. */
export function hits(lock: Lock, subjects: readonly LockSubject[]): boolean {
  return subjects.some(({ field, value }) => lock.target[field] === value);
}

/** For listing: every field of the filter is met by the lock. An empty filter meets none. */
export function isTargetedBy(lock: Lock, filter: LockTarget): boolean {
  const fields = lockTargetFields.filter((field) => filter[field] !== undefined);
  return fields.length > 0 && fields.every((field) => lock.target[field] === filter[field]);
}

function describeLock(lock: Lock): string {
  const target = lockTargetFields
    .filter((field) => lock.target[field] !== undefined)
    .map((field) => `${field} ${JSON.stringify(lock.target[field])}`);
  const words = `lock targeting ${target.join(", ")} is in force`;
  return lock.message === "" ? words : `${words}: ${lock.message}`;
}

/** Everything in a certificate that a lock can name. */
export function lockSubjectsOf(identity: Identity, isService: boolean): readonly LockSubject[] {
  const subjects: LockSubject[] = [{ field: "user", value: identity.username }];
  for (const role of [...identity.roles, ...identity.systemRoles]) {
    subjects.push({ field: "role", value: role });
  }
  for (const id of identity.activeRequests) subjects.push({ field: "access_request", value: id });
  if (identity.mfaVerified !== "") subjects.push({ field: "mfa_device", value: identity.mfaVerified });
  if (identity.device !== undefined) subjects.push({ field: "device", value: identity.device.id });
  if (isService) subjects.push(...serverSubjects(identity));
  return subjects;
}

/** A service is locked by its host id, alone or with the cluster. */
function serverSubjects({ username, teleportCluster }: Identity): readonly LockSubject[] {
  const suffix = `.${teleportCluster}`;
  const hostId = username.endsWith(suffix) ? username.slice(0, -suffix.length) : username;
  return [
    { field: "server_id", value: hostId },
    { field: "server_id", value: `${hostId}${suffix}` },
  ];
}
