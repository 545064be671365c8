// The port of the auth service: transport, the pipeline every call goes through, and the form of method tables.
export * from "./caller.ts";
export { auditTime, callerFields } from "./caller-fields.ts";
export { composeRpcs } from "./compose/compose-rpcs.ts";
export { registerServices, type ServedService, serve } from "./compose/register-services.ts";
export { encodePage, encodeWrapped, MAX_PAGE_BYTES } from "./encode-page.ts";
export { refuseBadValues } from "./find-bad-value.ts";
export * from "./http/index.ts";
export { canonicalIp, ipOf, networkOf } from "./ip-address.ts";
export * from "./pipeline/index.ts";
export { RefusedAct } from "./refused-act.ts";
export { readSearchWords } from "./search-words.ts";
export * from "./table.ts";
export { TokenBucket } from "./token-bucket.ts";
export * from "./transport/index.ts";
export { API_VERSION } from "./version.ts";
export { wholeAnswer } from "./whole-answer.ts";
export { LATEST_AT, readNanos, readTime, writeNanos, writeTime } from "./wire-time.ts";
