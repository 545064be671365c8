// Access requests: asking for roles for a while, reviewing, using and expiring what was granted.
export * from "./access-request.ts";
export { decideUse, type LentAccess } from "./decide-use.ts";
