// The port of the auth service: transport, the pipeline every call goes through, and the form of method tables.
export * from "./caller.ts";
export * from "./table.ts";
export * from "./transport/index.ts";
