// What roles allow: their language, their store and the pure access decision.
export type * from "./role.ts";
