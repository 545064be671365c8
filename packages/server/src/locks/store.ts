import { clone, create, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  LockSpecV2Schema,
  LockTargetSchema,
  type LockV2,
  LockV2Schema,
  MetadataSchema,
  type LockTarget as WireTarget,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { createResourceStore, expiryOf, type ResourceStore } from "../resources/index.ts";
import { readTime, writeTime } from "../rpc/index.ts";
import { type Backend, type Change, type Key, key, prefix } from "../storage/index.ts";
import { type Lock, type LockTarget, type LockTargetField, lockTargetFields } from "./lock.ts";

export const locksPrefix = prefix("locks");
export const remoteLocksPrefix = prefix("remote_locks");

/** Stored locks: `/locks/<name>`. */
export function createLockStore(backend: Backend): ResourceStore<LockV2> {
  return createResourceStore({
    backend,
    desc: LockV2Schema,
    noun: "lock",
    prefix: locksPrefix,
    keyOf: (name) => key("locks", name),
  });
}

/** Locks that another cluster sent: `/remote_locks/<cluster>/<name>`. */
export function createRemoteLockStore(backend: Backend, cluster: string): ResourceStore<LockV2> {
  return createResourceStore({
    backend,
    desc: LockV2Schema,
    noun: "lock",
    prefix: prefix("remote_locks", cluster),
    keyOf: (name) => key("remote_locks", cluster, name),
  });
}

/** The changes that take away every lock that the cluster sent. */
export async function forgetRemoteLocks(backend: Backend, cluster: string): Promise<readonly Change[]> {
  const changes: Change[] = [];
  let after: Key | undefined;
  do {
    const page = await backend.list({ prefix: prefix("remote_locks", cluster), after, limit: CHUNK });
    for (const { key: path } of page.items) {
      changes.push({ op: "delete", key: path, condition: { is: "any" } });
    }
    after = page.more ? page.items.at(-1)?.key : undefined;
  } while (after !== undefined);
  return changes;
}

const CHUNK = 1000;

/** The noun of a stored lock. */
export function lockOf({ Metadata: metadata, Spec: spec }: LockV2): Lock {
  const ends = [readTime(spec?.Expires), expiryOf(metadata)].filter((at) => at !== undefined);
  return {
    name: metadata?.Name ?? "",
    target: readTarget(spec?.Target),
    message: spec?.Message ?? "",
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
    createdAt: readTime(spec?.CreatedAt),
    createdBy: spec?.CreatedBy ?? "",
  };
}

const wireFields = {
  user: "User",
  role: "Role",
  login: "Login",
  mfa_device: "MFADevice",
  windows_desktop: "WindowsDesktop",
  access_request: "AccessRequest",
  device: "Device",
  server_id: "ServerID",
} as const satisfies Record<LockTargetField, keyof WireTarget>;

export function readTarget(wire: WireTarget | undefined): LockTarget {
  const target: Partial<Record<LockTargetField, string>> = {};
  for (const field of lockTargetFields) {
    const value = wire?.[wireFields[field]] ?? "";
    if (value !== "") target[field] = value;
  }
  // Clients of before v13 name a server by its older field.
  if (target.server_id === undefined && wire !== undefined && wire.Node !== "") target.server_id = wire.Node;
  return target;
}

/** A copy of what was sent, complete and checked; who made it and when are filled in where they are not said. */
export function acceptLock(sent: LockV2 | undefined, by: string, now: number): LockV2 {
  if (sent === undefined) throw new AppError("BAD_PARAMETER", "the lock is missing");
  const lock = clone(LockV2Schema, sent);
  lock.Kind = "lock";
  lock.Version = "v2";
  lock.Metadata ??= create(MetadataSchema);
  lock.Metadata.Namespace = "default";
  lock.Spec ??= create(LockSpecV2Schema);
  lock.Spec.Target ??= create(LockTargetSchema);
  if (lock.Spec.Target.ServerID === "") lock.Spec.Target.ServerID = lock.Spec.Target.Node;
  if (Object.keys(readTarget(lock.Spec.Target)).length === 0) {
    throw new AppError("BAD_PARAMETER", "a lock needs a target: set at least one field of spec.target");
  }
  checkName(lock.Metadata.Name);
  if (readTime(lock.Spec.Expires) === undefined) delete lock.Spec.Expires;
  if (readTime(lock.Metadata.Expires) === undefined) delete lock.Metadata.Expires;
  if (readTime(lock.Spec.CreatedAt) === undefined) lock.Spec.CreatedAt = writeTime(now);
  if (lock.Spec.CreatedBy === "") lock.Spec.CreatedBy = by;
  return lock;
}

function checkName(name: string): void {
  if (name === "") throw new AppError("BAD_PARAMETER", "the lock needs a name: metadata.name is empty");
  if (name.length > 1000 || /\p{C}/u.test(name)) {
    throw new AppError("BAD_PARAMETER", `${JSON.stringify(name)} is not a name for a lock`);
  }
}

const encodings = new WeakMap<LockV2, Uint8Array>();

export function encodeLock(message: LockV2): Uint8Array {
  let bytes = encodings.get(message);
  if (bytes === undefined) {
    bytes = toBinary(LockV2Schema, message);
    encodings.set(message, bytes);
  }
  return bytes;
}
