import { readFileSync } from "node:fs";

/** One field of a message. `era` names the releases that had it, when the current contract reserves its number. */
export type FieldFact = {
  readonly n: number;
  readonly name: string;
  readonly type: string;
  readonly repeated?: boolean;
  readonly optional?: boolean;
  readonly oneof?: string;
  readonly opts?: string;
  readonly era?: string;
};

/** One message, by full name in `Facts.messages`. `reserved` is what the contract reserves and no known client sends. */
export type MessageFact = {
  readonly file: string;
  readonly era?: string;
  readonly reserved?: ReservedFact;
  readonly fields: readonly FieldFact[];
};

export type ReservedFact = { readonly numbers: readonly number[]; readonly names: readonly string[] };

export type EnumFact = { readonly file: string; readonly values: Readonly<Record<string, number>> };

export type MethodFact = {
  readonly name: string;
  readonly in: string;
  readonly out: string;
  readonly inStream: boolean;
  readonly outStream: boolean;
  readonly deprecated: boolean;
  readonly era?: string;
};

export type ServiceFact = { readonly file: string; readonly methods: readonly MethodFact[] };

/** What the wire contract says: names, numbers and types, no prose. */
export type Facts = {
  readonly source: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, ServiceFact>>;
  readonly messages: Readonly<Record<string, MessageFact>>;
  readonly enums: Readonly<Record<string, EnumFact>>;
};

export const factsFile = new URL("./facts/wire.json", import.meta.url);

export function loadFacts(): Facts {
  return JSON.parse(readFileSync(factsFile, "utf8")) as Facts;
}

/** The message and enum names that a field type mentions: the value of a map, or the type itself. */
export function namedTypes(type: string): string[] {
  const value = /^map<[^,]+,(.+)>$/.exec(type)?.[1] ?? type;
  return value.includes(".") ? [value] : [];
}

/** Prints facts with one field, value set or method per line, so that a change reads well in a diff. */
export function printFacts(facts: Facts): string {
  const table = (entries: [string, string][]) =>
    entries.map(([k, v]) => `${JSON.stringify(k)}: ${v}`).join(",\n");
  const lines = (head: object, key: string, rows: readonly object[]) =>
    `{${JSON.stringify(head).slice(1, -1)}, "${key}": [${rows.map((row) => `\n  ${JSON.stringify(row)}`).join(",")}]}`;
  const services = Object.entries(facts.services).map(([name, { methods, ...head }]): [string, string] => [
    name,
    lines(head, "methods", methods),
  ]);
  const messages = Object.entries(facts.messages).map(([name, { fields, ...head }]): [string, string] => [
    name,
    lines(head, "fields", fields),
  ]);
  const enums = Object.entries(facts.enums).map(([name, value]): [string, string] => [
    name,
    JSON.stringify(value),
  ]);
  return `{
"source": ${JSON.stringify(facts.source)},
"packages": ${JSON.stringify(facts.packages, null, 1)},
"services": {\n${table(services)}\n},
"messages": {\n${table(messages)}\n},
"enums": {\n${table(enums)}\n}
}
`;
}
