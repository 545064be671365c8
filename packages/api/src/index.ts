export * from "./errors/index.ts";
export type * from "./identity/identity.ts";
