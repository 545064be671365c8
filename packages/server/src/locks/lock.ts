/** What a lock can name; the JSON names are those of the wire. */
export const lockTargetFields = [
  "user",
  "role",
  "login",
  "mfa_device",
  "windows_desktop",
  "access_request",
  "device",
  "server_id",
] as const;
export type LockTargetField = (typeof lockTargetFields)[number];

/** At least one field is set. */
export type LockTarget = Readonly<Partial<Record<LockTargetField, string>>>;

/** Keeps somebody or something out. Instants are milliseconds since 1970. */
export interface Lock {
  readonly name: string;
  readonly target: LockTarget;
  readonly message: string;
  /** No longer in force from then on; undefined = until it is deleted. */
  readonly expiresAt: number | undefined;
  readonly createdAt: number | undefined;
  readonly createdBy: string;
}

/** One thing that a caller is or uses, to be compared with the same field of every lock. */
export interface LockSubject {
  readonly field: LockTargetField;
  readonly value: string;
  /** Where it is called so, if that is another cluster: then the locks of that cluster count as well. */
  readonly cluster?: string | undefined;
}
