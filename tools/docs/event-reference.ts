import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventCases } from "@sallyport/api";
import type { ServedService } from "../../packages/server/src/rpc/index.ts";
import { code, page, table, written } from "./markdown.ts";

/** An event type with a code, however the source writes them: as fields of an entry, or as two arguments. */
const PAIR = /"([a-z_][a-z0-9_]*(?:\.[a-z_]+)*)",\s*(?:code:\s*)?"([TSW][A-Z]*\d+[IWE])"/g;

/**
 * The reference page of audit events that the auth service writes by itself. Throws where a method says that it
 * writes an event and nothing in the source does.
 */
export function eventReference(source: string, services: readonly ServedService[]): string {
  const emitted = emittedEvents(source);
  const methods = methodsByEvent(services);
  for (const event of methods.keys()) {
    if (!emitted.has(event)) throw new Error(`nothing in ${source} writes the audit event ${event}`);
  }
  const rows = [...emitted].sort().map(([event, eventCode]) => {
    const by = (methods.get(event) ?? []).map(code);
    const writers = by.length === 0 ? "the service itself" : by.join(", ");
    return [code(event), code(eventCode), code(eventCases.get(event) ?? "Unknown"), writers];
  });
  return page(
    "# Audit events",
    written("the entries in `packages/server/src` and the tables of methods"),
    "An entry is written in the same commit as the act that it records, so neither is there without the other. " +
      "`tctl` and the SDK read them over `AuditLogService` and `GetEvents`. Services may send any other type of the " +
      "wire contract.",
    table(["Type", "Code", "Message", "Written by"], rows),
  );
}

function emittedEvents(source: string): ReadonlyMap<string, string> {
  const files = globSync("**/*.ts", { cwd: source }).filter(
    (path) => !path.endsWith(".test.ts") && !path.includes("testing/"),
  );
  const events = new Map<string, string>();
  for (const path of files.sort()) {
    const text = readFileSync(join(source, path), "utf8");
    for (const [, event = "", eventCode = ""] of text.matchAll(PAIR)) events.set(event, eventCode);
  }
  return events;
}

function methodsByEvent(services: readonly ServedService[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { service, table: entries } of services) {
    for (const method of service.methods) {
      for (const event of entries[method.localName]?.audit ?? []) {
        const names = methods.get(event) ?? [];
        if (!names.includes(method.name)) names.push(method.name);
        methods.set(event, names);
      }
    }
  }
  return methods;
}
