// Access requests: asking for roles for a while, reviewing, using and expiring what was granted.
export * from "./access-request.ts";
export type { ResourceAccess } from "./asking/resource-roles.ts";
export type { AccessRequestDeps, RequestUser } from "./deps.ts";
export { type ExpiryOptions, startExpiry } from "./expire-requests.ts";
export { accessRequestHistoryRpcs } from "./history/rpc.ts";
export { accessRequestWatchSource } from "./reading/watch-source.ts";
export { formatResourceId, type ResourceId } from "./resource-id.ts";
export { accessRequestRpcs } from "./rpc.ts";
export { checkRequestInUse } from "./using/check-request-in-use.ts";
export type { LentAccess } from "./using/decide-use.ts";
