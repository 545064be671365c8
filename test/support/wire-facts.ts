import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One field of a message, as the facts have it. */
export interface WireField {
  readonly number: number;
  readonly name: string;
  /** A scalar, `map<K,V>`, or the name of a message or enum. */
  readonly type: string;
  readonly repeated: boolean;
  readonly oneof?: string | undefined;
  /** A Go client writes it even when it is empty. */
  readonly always: boolean;
}

export interface WireMethod {
  /** The path of the call, `/package.Service/Method`. */
  readonly path: string;
  readonly input: string;
  readonly output: string;
}

/** Messages, enums and methods of one release, read without any generated code. */
export interface WireFacts {
  readonly source: string;
  readonly messages: ReadonlyMap<string, readonly WireField[]>;
  readonly enums: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly methods: ReadonlyMap<string, WireMethod>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

interface FactsFile {
  messages: Record<string, { fields: FactsField[] }>;
  enums: Record<string, { values: Record<string, number> }>;
  services: Record<string, { methods: { name: string; in: string; out: string }[] }>;
}

interface FactsField {
  n: number;
  name: string;
  type: string;
  repeated?: boolean;
  oneof?: string;
  opts?: string;
}

/** The facts that are committed with the generator: every release laid over each other, under today's names. */
export function committedFacts(): WireFacts {
  const path = join(root, "tools/generate/facts/wire.json");
  const file = JSON.parse(readFileSync(path, "utf8")) as FactsFile;
  const methods = Object.entries(file.services).flatMap(([service, { methods: all }]) =>
    all.map((method) => ({ path: `/${service}/${method.name}`, input: method.in, output: method.out })),
  );
  return {
    source: "the committed facts",
    messages: new Map(
      Object.entries(file.messages).map(([name, { fields }]) => [name, fields.map(fieldOfFacts)]),
    ),
    enums: new Map(Object.entries(file.enums).map(([name, { values }]) => [name, values])),
    methods: new Map(methods.map((method) => [method.path, method])),
  };
}

const fieldOfFacts = ({ n, name, type, repeated, oneof, opts }: FactsField): WireField => ({
  number: n,
  name,
  type,
  repeated: repeated === true,
  oneof,
  always: /\bnullable=false\b/.test(opts ?? ""),
});

/** The facts of one old release, where they lie beside this repository; undefined elsewhere. */
export function eraFacts(release: string): WireFacts | undefined {
  const directory = join(root, "../shared/wire/eras", release);
  if (!existsSync(directory)) return undefined;
  const lines = (name: string) => readFileSync(join(directory, name), "utf8").split("\n");
  return {
    source: `the facts of ${release}`,
    messages: readMessages(lines("messages.txt")),
    enums: readEnums(lines("enums.txt")),
    methods: readMethods(lines("services.txt")),
  };
}

function readMessages(lines: readonly string[]): Map<string, WireField[]> {
  const messages = new Map<string, WireField[]>();
  let fields: WireField[] = [];
  for (const line of lines) {
    const head = /^### (\S+)/.exec(line);
    if (head) {
      fields = [];
      messages.set(head[1]!, fields);
    } else if (/^\d+\t/.test(line)) fields.push(readField(line));
  }
  return messages;
}

function readField(line: string): WireField {
  const [number, type = "", names = "", options = ""] = line.split("\t");
  const [name = "", ...marks] = names.split(" ");
  return {
    number: Number(number),
    name,
    type: type.replace(/^repeated /, ""),
    repeated: type.startsWith("repeated "),
    oneof: marks.find((mark) => mark.startsWith("oneof:"))?.slice("oneof:".length),
    always: /\bnullable=false\b/.test(options),
  };
}

function readEnums(lines: readonly string[]): Map<string, Record<string, number>> {
  const enums = new Map<string, Record<string, number>>();
  let values: Record<string, number> = {};
  for (const line of lines) {
    const head = /^### (\S+)/.exec(line);
    const [number, name] = line.split("\t");
    if (head) {
      values = {};
      enums.set(head[1]!, values);
    } else if (name !== undefined) values[name] = Number(number);
  }
  return enums;
}

function readMethods(lines: readonly string[]): Map<string, WireMethod> {
  const methods = new Map<string, WireMethod>();
  let service = "";
  for (const line of lines) {
    service = /^## (\S+)/.exec(line)?.[1] ?? service;
    const method = /^(\w+)\((?:stream )?([\w.]+)\) -> (?:stream )?([\w.]+)/.exec(line);
    if (method === null) continue;
    const path = `/${service}/${method[1]}`;
    methods.set(path, { path, input: method[2]!, output: method[3]! });
  }
  return methods;
}
