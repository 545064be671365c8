export * from "./client/index.ts";
export * from "./errors/index.ts";
export * from "./events/index.ts";
export * from "./identity/index.ts";
export * from "./resources/index.ts";
export { formatDuration, parseDuration } from "./text/duration.ts";
export { nearestName } from "./text/nearest-name.ts";
