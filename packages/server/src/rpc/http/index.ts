// The few JSON routes of the auth port (HTTP/1.1), behind the same pipeline as gRPC.
export { createJsonHandler, type JsonHandlerOptions } from "./json-handler.ts";
export type { JsonRequest, JsonRoute } from "./route.ts";
