import type { Comments } from "./comments.ts";
import type { EnumFact, Facts, FieldFact, MessageFact, ReservedFact } from "./facts.ts";
import { comment } from "./render-comment.ts";

/** Renders one message with the messages and enums nested in it. */
export function renderMessage(fullName: string, facts: Facts, comments: Comments, indent = ""): string {
  const message = facts.messages[fullName];
  if (!message) throw new Error(`no message ${fullName}`);
  const inner = `${indent}  `;
  const nested = (table: Readonly<Record<string, unknown>>) =>
    Object.keys(table).filter((name) => name.replace(/\.\w+$/, "") === fullName);
  const parts = [
    ...(message.reserved ? [renderReserved(message.reserved, inner)] : []),
    ...renderFields(fullName, message, comments, inner),
    ...nested(facts.messages).map((name) => renderMessage(name, facts, comments, inner)),
    ...nested(facts.enums).map((name) => renderEnum(name, facts, comments, inner)),
  ];
  const words = [
    comments.get(fullName) ?? "",
    message.era ? `Used by clients of ${eraText(message.era)} only.` : "",
  ];
  const body = parts.length > 0 ? `{\n${parts.join("\n")}\n${indent}}` : "{}";
  return `${comment(words.join(" "), indent)}${indent}message ${shortName(fullName)} ${body}`;
}

function renderReserved({ numbers, names }: ReservedFact, indent: string): string {
  const lines = [
    numbers.length > 0 ? `${indent}reserved ${numbers.join(", ")};` : "",
    names.length > 0 ? `${indent}reserved ${names.map((name) => `"${name}"`).join(", ")};` : "",
  ];
  return lines.filter((line) => line !== "").join("\n");
}

/** A oneof is written where its first field stands, with all of its fields. */
function renderFields(fullName: string, message: MessageFact, comments: Comments, indent: string): string[] {
  const done = new Set<string>();
  return message.fields.flatMap(({ oneof, ...field }) => {
    if (!oneof) return [renderField(fullName, field, comments, indent)];
    if (done.has(oneof)) return [];
    done.add(oneof);
    const members = message.fields.filter((member) => member.oneof === oneof);
    const lines = members.map((member) => renderField(fullName, member, comments, `${indent}  `));
    return [`${indent}oneof ${oneof} {\n${lines.join("\n")}\n${indent}}`];
  });
}

function renderField(message: string, field: FieldFact, comments: Comments, indent: string): string {
  const words = [comments.get(`${message}.${field.name}`) ?? "", field.era ? eraNote(field.era) : ""];
  const label = field.repeated ? "repeated " : field.optional ? "optional " : "";
  const type = field.type.replace(/^map<(\w+),/, "map<$1, ");
  const deprecated = field.opts?.split(" ").includes("deprecated") ? " [deprecated = true]" : "";
  return `${comment(words.join(" "), indent)}${indent}${label}${type} ${field.name} = ${field.n}${deprecated};`;
}

function eraNote(era: string): string {
  return `Read and sent by clients of ${eraText(era)}; the current contract reserves the number.`;
}

function eraText(era: string): string {
  return era.replace("–", " to ");
}

/** Renders one enum; proto3 wants the value 0 first. */
export function renderEnum(fullName: string, facts: Facts, comments: Comments, indent = ""): string {
  const { values } = facts.enums[fullName] as EnumFact;
  const rows = Object.entries(values).sort(([, a], [, b]) => Number(b === 0) - Number(a === 0) || a - b);
  const lines = rows.map(
    ([name, n]) => `${comment(comments.get(`${fullName}.${name}`), `${indent}  `)}${indent}  ${name} = ${n};`,
  );
  const head = `${comment(comments.get(fullName), indent)}${indent}enum ${shortName(fullName)}`;
  return `${head} {\n${lines.join("\n")}\n${indent}}`;
}

function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}
