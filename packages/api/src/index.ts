export * from "./errors/index.ts";
export type * from "./identity/identity.ts";
export { formatDuration, parseDuration } from "./text/duration.ts";
export { nearestName } from "./text/nearest-name.ts";
