import { clone, equals } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { AuditEntry } from "../audit/index.ts";
import { deleteStored, type ResourceStore, ruleSubject, writeOverStored } from "../resources/index.ts";
import { auditTime, type Call, callerFields, isAdmin, type Verb, type Verdict } from "../rpc/index.ts";
import type { Backend, Change } from "../storage/index.ts";
import type { Lock } from "./lock.ts";
import { acceptLock, createRemoteLockStore, lockOf } from "./store.ts";

export interface LockDeps {
  readonly backend: Backend;
  readonly locks: ResourceStore<LockV2>;
  auditChange(entry: AuditEntry): Change;
  /** Makes a commit depend on the cluster being known; left out, any is. */
  clusterIsKnown?(cluster: string): Change;
}

/** Writes a lock, whatever was there before; from the answer on it is in force. */
export async function upsertLock(deps: LockDeps, sent: LockV2 | undefined, call: Call): Promise<void> {
  const by = isAdmin(call.caller) ? "Admin" : call.caller.name;
  const message = acceptLock(sent, by, call.now);
  const verbs = ["create", "update"] as const;
  await writeOverStored(deps.locks, message, async () => {
    demandOnLock(call, verbs, message);
    const stored = await deps.locks.get(message.Metadata?.Name ?? "");
    // A lock that the caller's rules do not reach is not lifted by writing another one over it.
    if (stored !== undefined) demandOnLock(call, verbs, stored);
    return { stored, commit: [deps.auditChange(lockCreated(lockOf(message), call))] };
  });
}

export async function deleteLock(deps: LockDeps, name: string, call: Call): Promise<void> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the lock is missing");
  await deleteStored(deps.locks, async () => {
    const stored = await deps.locks.get(name);
    demandOnLock(call, ["delete"], stored);
    if (stored === undefined) throw new AppError("NOT_FOUND", `lock ${JSON.stringify(name)} is not there`);
    return { stored, commit: [deps.auditChange(lockDeleted(lockOf(stored), call))] };
  });
}

/** Each is kept in memory, and every one that changes has all callers looked at anew. */
const MAX_REMOTE_LOCKS = 5_000;

/** Makes the locks of another cluster exactly these. A cluster speaks for itself only. */
export async function replaceRemoteLocks(
  deps: LockDeps,
  cluster: string,
  sent: readonly LockV2[],
  call: Call,
): Promise<void> {
  if (cluster === "") throw new AppError("BAD_PARAMETER", "the name of the cluster is missing");
  if (call.caller.identity?.teleportCluster !== cluster) {
    throw new AppError("ACCESS_DENIED", "access denied to the locks of another cluster");
  }
  if (sent.length > MAX_REMOTE_LOCKS) {
    throw new AppError("LIMIT_EXCEEDED", `a cluster sends at most ${MAX_REMOTE_LOCKS} locks`);
  }
  const store = createRemoteLockStore(deps.backend, cluster);
  const locks = sent.map((lock) => acceptLock(lock, call.caller.name, call.now));
  const wanted = new Set(locks.map((lock) => lock.Metadata?.Name ?? ""));
  const before = new Map<string, LockV2>();
  for await (const stored of store.all()) before.set(stored.Metadata?.Name ?? "", stored);
  // Nobody would take away what comes after a cluster was forgotten.
  const whileKnown = deps.clusterIsKnown === undefined ? [] : [deps.clusterIsKnown(cluster)];
  for (const lock of locks) {
    if (!isSame(lock, before.get(lock.Metadata?.Name ?? ""))) await store.upsert(lock, ...whileKnown);
  }
  for (const name of before.keys()) if (!wanted.has(name)) await store.delete(name);
}

/** Clusters send all of their locks again and again. */
function isSame(lock: LockV2, stored: LockV2 | undefined): boolean {
  if (stored === undefined) return false;
  const copy = clone(LockV2Schema, lock);
  if (copy.Metadata !== undefined) copy.Metadata.Revision = stored.Metadata?.Revision ?? "";
  return equals(LockV2Schema, copy, stored);
}

export function demandOnLock(call: Call, verbs: readonly Verb[], message: LockV2 | undefined): void {
  const verdict = judge(call, verbs, message);
  if (verdict.allow) return;
  const what = verbs.includes("list") ? "list locks" : `${verbs.join(" and ")} the lock`;
  throw new AppError("ACCESS_DENIED", `access denied to ${what}`, { cause: verdict.because });
}

export function mayOnLock(call: Call, verbs: readonly Verb[], message: LockV2 | undefined): boolean {
  return judge(call, verbs, message).allow;
}

function judge(call: Call, verbs: readonly Verb[], message: LockV2 | undefined): Verdict {
  const subject = message && ruleSubject(LockV2Schema, message);
  return call.caller.permissions.check("lock", verbs, subject);
}

function lockCreated(lock: Lock, call: Call): AuditEntry {
  return { event: "lock.created", code: "TLK00I", ...lockFields(lock, call), target: lock.target };
}

function lockDeleted(lock: Lock, call: Call): AuditEntry {
  return { event: "lock.deleted", code: "TLK01I", ...lockFields(lock, call) };
}

function lockFields(lock: Lock, call: Call) {
  return {
    name: lock.name,
    expires: auditTime(lock.expiresAt),
    updated_by: call.caller.name,
    lock: { target: lock.target },
    ...callerFields(call),
    success: true,
  };
}
