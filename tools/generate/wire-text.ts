import { readFileSync } from "node:fs";
import type { FieldFact, ReservedFact } from "./facts.ts";

/** What one `messages.txt` holds: package and file of each message, its fields and its reserved line. */
export type TextMessage = {
  readonly file: string;
  readonly package: string;
  readonly fields: FieldFact[];
  reserved: ReservedFact;
};

const noReserved: ReservedFact = { numbers: [], names: [] };

/** Reads a `messages.txt` of the wire directory. */
export function readMessages(path: string): Map<string, TextMessage> {
  const messages = new Map<string, TextMessage>();
  let file = "";
  let pkg = "";
  let current: TextMessage | undefined;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("## file ")) {
      [, , file = "", , pkg = ""] = line.split(" ");
    } else if (line.startsWith("### ")) {
      current = { file, package: pkg, fields: [], reserved: noReserved };
      messages.set(line.split(" ")[1] ?? "", current);
    } else if (line.startsWith("reserved:") && current) {
      current.reserved = parseReserved(line.slice("reserved:".length));
    } else if (/^\d+\t/.test(line)) {
      current?.fields.push(parseField(line));
    }
  }
  return messages;
}

function parseReserved(text: string): ReservedFact {
  if (/\bto\b/.test(text)) throw new Error(`a reserved range is not understood: ${text}`);
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  return {
    numbers: words.filter((word) => /^\d+$/.test(word)).map(Number),
    names: words.filter((word) => !/^\d+$/.test(word)),
  };
}

function parseField(line: string): FieldFact {
  const [number = "", typeText = "", nameText = "", optsText = ""] = line.split("\t");
  const [name = "", ...marks] = nameText.split(" ");
  const oneof = marks.find((mark) => mark.startsWith("oneof:"))?.slice("oneof:".length);
  const opts = optsText.replace(/^\[|\]$/g, "");
  return {
    n: Number(number),
    name,
    type: typeText.replace(/^repeated /, ""),
    ...(typeText.startsWith("repeated ") && { repeated: true }),
    ...(marks.includes("optional") && { optional: true }),
    ...(oneof && { oneof }),
    ...(opts && { opts }),
  };
}

/** Reads the file of each service from a `services.txt`, or of each enum from an `enums.txt`. */
export function readFileNames(path: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const found = /^##+ (\S+)\s+\((\S+)\)/.exec(line);
    if (found?.[1] && found[2]) files.set(found[1], found[2]);
  }
  return files;
}

/** Reads the values of each enum from an `enums.txt`. */
export function readEnums(path: string): Map<string, Record<string, number>> {
  const enums = new Map<string, Record<string, number>>();
  let values: Record<string, number> = {};
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const head = /^### (\S+)/.exec(line)?.[1];
    if (head) {
      values = {};
      enums.set(head, values);
    }
    const [number, name] = line.split("\t");
    if (name && /^-?\d+$/.test(number ?? "")) values[name] = Number(number);
  }
  return enums;
}
