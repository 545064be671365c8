// Who and what is locked, now.
export { type KnownLocks, type LockingMode, type LockVerdict, lockSubjectsOf } from "./decide-lock.ts";
export type { Lock, LockSubject, LockTarget, LockTargetField } from "./lock.ts";
export { lockRpcs } from "./rpc.ts";
export type { LockDeps } from "./save-lock.ts";
export { acceptLock, createLockStore, forgetRemoteLocks } from "./store.ts";
export { type LockView, openLockView } from "./view.ts";
export { lockWatchSource } from "./watch-source.ts";
