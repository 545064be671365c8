import { readFileSync } from "node:fs";
import type { Facts, FieldFact } from "./facts.ts";

export type Extension = { readonly message: string; readonly field: FieldFact; readonly meaning: string };

/** Numbers that are ours: other clients ignore what they carry. */
const first = 60000;
const last = 60999;

const file = new URL("../../packages/api/proto/EXTENSIONS.md", import.meta.url);

/** The fields of ours in messages of the wire contract: the table of `EXTENSIONS.md` is their one source. */
export function loadExtensions(): Extension[] {
  const rows = readFileSync(file, "utf8").split("\n");
  return rows.filter((row) => row.startsWith("| `")).map(parseRow);
}

function parseRow(row: string): Extension {
  const [message = "", name = "", number = "", type = "", json = "", meaning = ""] = row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`|`$/g, ""));
  const n = Number(number);
  if (!(n >= first && n <= last)) throw new Error(`EXTENSIONS.md: ${message}.${name}: ${number} is not ours`);
  return { message, meaning, field: { n, name, type, ...(json && { opts: `json=${json},omitempty` }) } };
}

/** Facts with our fields added at the end of their messages. */
export function withExtensions(facts: Facts, extensions: readonly Extension[]): Facts {
  const messages = { ...facts.messages };
  for (const { message: name, field } of extensions) {
    const message = messages[name];
    if (!message) throw new Error(`EXTENSIONS.md names ${name}, which the facts do not have`);
    messages[name] = { ...message, fields: [...message.fields, field] };
  }
  return { ...facts, messages };
}
