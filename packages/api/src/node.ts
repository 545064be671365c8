export * from "./local/data-dir.ts";
