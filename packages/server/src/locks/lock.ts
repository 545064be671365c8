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

/** Everything that a caller is or uses; each is compared with the same field of every lock. */
export interface LockTargets {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly accessRequests: readonly string[];
  readonly mfaDevices: readonly string[];
  readonly devices: readonly string[];
  /** A service: its host id alone, and `<host id>.<cluster>`. */
  readonly serverIds: readonly string[];
  readonly logins?: readonly string[];
  readonly windowsDesktops?: readonly string[];
}

/** One of them. */
export interface LockSubject {
  readonly field: LockTargetField;
  readonly value: string;
}
