export * from "./local/data-dir.ts";
export * from "./node/index.ts";
