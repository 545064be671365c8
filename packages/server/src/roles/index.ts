// What roles allow: their language, their store and the pure access decision.

export { defaultOptions, MAX_DURATION_MS, newRole, noConditions } from "./new-role.ts";
export type * from "./role.ts";
