// Storage: keys and bytes with conditions, expiry, revisions and an ordered feed of changes; several backends.
export type { Clock } from "../kernel/clock.ts";
export * from "./backend.ts";
export { type BackendOptions, openBackend } from "./backends.ts";
export { cursorAt } from "./cursor.ts";
export { AUDIT_PREFIX, key, prefix, segmentsOf } from "./key.ts";
export type { StorageLogger } from "./logger.ts";
