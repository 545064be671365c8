/**
 * Writes `facts/wire.json`, the part of the wire facts that we serve, from a full wire directory:
 *
 *     node tools/generate/import-facts.ts ../shared/wire
 *
 * Needed only when `served.ts` or the facts themselves change; `main.ts` reads what is committed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reduceFacts } from "./closure.ts";
import { readEraEnums, readEraMessages, readEraMethods } from "./eras.ts";
import {
  type EnumFact,
  type Facts,
  type FieldFact,
  factsFile,
  type MessageFact,
  type MethodFact,
  printFacts,
  type ReservedFact,
  type ServiceFact,
} from "./facts.ts";
import { served, servedMessages } from "./served.ts";
import { readFileNames, readMessages, type TextMessage } from "./wire-text.ts";

type RawFacts = {
  readonly source: string;
  readonly services: Record<string, MethodFact[]>;
  readonly messages: Record<string, FieldFact[]>;
  readonly enums: Record<string, Record<string, number>>;
};

function readWire(dir: string): Facts {
  const raw = JSON.parse(readFileSync(join(dir, "v18/facts.json"), "utf8")) as RawFacts;
  const texts = readMessages(join(dir, "v18/messages.txt"));
  const packages: Record<string, string> = {};
  for (const text of texts.values()) packages[text.file] = text.package;
  const messages: Record<string, MessageFact> = {};
  for (const [name, fields] of Object.entries(raw.messages))
    messages[name] = currentMessage(name, fields, texts);
  addEraMessages(dir, messages, packages);
  const enums = readAllEnums(dir, raw);
  const services = readServices(dir, raw);
  for (const [name, { file }] of Object.entries({ ...enums, ...services }))
    packages[file] ??= packageOf(name);
  return { source: raw.source, packages, services, messages, enums };
}

function currentMessage(name: string, fields: FieldFact[], texts: Map<string, TextMessage>): MessageFact {
  const text = texts.get(name);
  if (!text) throw new Error(`facts.json has ${name}, messages.txt has not`);
  const { numbers, names } = text.reserved;
  return { file: text.file, ...(numbers.length + names.length > 0 && { reserved: text.reserved }), fields };
}

function addEraMessages(
  dir: string,
  messages: Record<string, MessageFact>,
  packages: Record<string, string>,
): void {
  for (const [name, era] of readEraMessages(dir)) {
    const current = messages[name];
    packages[era.file] ??= era.package;
    if (current) messages[name] = withEraFields(current, [...era.fields.values()]);
    else
      messages[name] = {
        file: era.file,
        era: era.era,
        fields: sorted([...era.fields.values()]).map(withoutEra),
      };
  }
}

function withEraFields(message: MessageFact, eraFields: readonly FieldFact[]): MessageFact {
  const known = new Set(message.fields.map((field) => field.n));
  const added = eraFields.filter((field) => !known.has(field.n));
  const fields = sorted([...message.fields, ...added]);
  const { reserved, ...rest } = message;
  const left = reserved && withoutDeclared(reserved, fields);
  return { ...rest, ...(left && { reserved: left }), fields };
}

function withoutDeclared(reserved: ReservedFact, fields: readonly FieldFact[]): ReservedFact | undefined {
  const numbers = reserved.numbers.filter((n) => !fields.some((field) => field.n === n));
  const names = reserved.names.filter((name) => !fields.some((field) => field.name === name));
  return numbers.length + names.length > 0 ? { numbers, names } : undefined;
}

function withoutEra({ era: _, ...field }: FieldFact): FieldFact {
  return field;
}

function sorted(fields: FieldFact[]): FieldFact[] {
  return fields.sort((a, b) => a.n - b.n);
}

function readServices(dir: string, raw: RawFacts): Record<string, ServiceFact> {
  const path = join(dir, "v18/services.txt");
  const files = readFileNames(path);
  const services: Record<string, ServiceFact> = {};
  for (const [name, methods] of Object.entries(raw.services)) {
    const file = files.get(name);
    if (!file) throw new Error(`facts.json has ${name}, services.txt has not`);
    const old = name === "proto.AuthService" ? readEraMethods(dir) : [];
    services[name] = { file, methods: [...methods, ...old] };
  }
  return services;
}

function readAllEnums(dir: string, raw: RawFacts): Record<string, EnumFact> {
  const files = readFileNames(join(dir, "v18/enums.txt"));
  const enums: Record<string, EnumFact> = Object.fromEntries(readEraEnums(dir));
  for (const [name, values] of Object.entries(raw.enums))
    enums[name] = { file: files.get(name) ?? "", values };
  return enums;
}

/** The package of a full name: messages, enums and services begin with a capital, packages do not. */
function packageOf(name: string): string {
  return name.replace(/\.[A-Z].*$/, "");
}

const dir = process.argv[2];
if (!dir) throw new Error("usage: node tools/generate/import-facts.ts WIRE_DIRECTORY");
const reduced = reduceFacts(readWire(dir), served, servedMessages);
writeFileSync(factsFile, printFacts(reduced));
process.stdout.write(
  `${Object.keys(reduced.messages).length} messages, ${Object.keys(reduced.enums).length} enums, ` +
    `${Object.keys(reduced.services).length} services from ${reduced.source}\n`,
);
