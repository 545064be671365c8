import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type JsonField, jsonNames } from "#gen/json-names.js";

/** One key of the JSON form of a message. */
export interface Member {
  readonly name: string;
  /** Embedded messages whose members are written among ours; from the outside in. */
  readonly chain: readonly (DescField & { fieldKind: "message" })[];
  readonly field: DescField;
  readonly rule: JsonField;
}

type Values = Record<string, unknown>;

const cache = new WeakMap<DescMessage, ReadonlyMap<string, Member>>();

/** The keys of a message in the order of its fields. Where two fields share a key, the outer one has it. */
export function membersOf(desc: DescMessage): ReadonlyMap<string, Member> {
  let members = cache.get(desc);
  if (members === undefined) {
    members = collect(desc);
    cache.set(desc, members);
  }
  return members;
}

function collect(desc: DescMessage): ReadonlyMap<string, Member> {
  const all = flatten(desc, []);
  const shallowFirst = all.toSorted((a, b) => a.chain.length - b.chain.length);
  const owners = new Map<string, Member>();
  for (const written of [true, false]) {
    for (const member of shallowFirst) {
      if (!member.rule.ignored === written && !owners.has(member.name)) owners.set(member.name, member);
    }
  }
  return new Map(all.filter((one) => owners.get(one.name) === one).map((one) => [one.name, one]));
}

function flatten(desc: DescMessage, chain: Member["chain"]): Member[] {
  return desc.fields.flatMap((field) => {
    const rule: JsonField = jsonNames[desc.typeName]?.[field.number] ?? { name: field.name, omitEmpty: true };
    if (rule.inline && field.fieldKind === "message") return flatten(field.message, [...chain, field]);
    return [{ name: rule.name === "" ? snakeCase(field.name) : rule.name, chain, field, rule }];
  });
}

/** The name under which a field without a key is accepted: `Namespace` → `namespace`. */
function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}

/** The value of a member; undefined where it, or the message that holds it, is not set. */
export function memberValue(message: Message, member: Member): unknown {
  let holder: unknown = message;
  for (const step of member.chain) {
    if (holder === undefined) return undefined;
    holder = fieldValue(holder as Message, step);
  }
  return holder === undefined ? undefined : fieldValue(holder as Message, member.field);
}

/** The message that holds a member, made where it is not there yet. */
export function memberHolder(message: Message, member: Member): Message {
  let holder = message;
  for (const step of member.chain) {
    let next = fieldValue(holder, step) as Message | undefined;
    if (next === undefined) {
      next = create(step.message);
      setFieldValue(holder, step, next);
    }
    holder = next;
  }
  return holder;
}

export function fieldValue(message: Message, field: DescField): unknown {
  const values = message as unknown as Values;
  if (field.oneof === undefined) return values[field.localName];
  const chosen = values[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

export function setFieldValue(message: Message, field: DescField, value: unknown): void {
  const values = message as unknown as Values;
  if (field.oneof === undefined) values[field.localName] = value;
  else values[field.oneof.localName] = { case: field.localName, value };
}

/** True if another member of the same choice is set already. */
export function isChosen(message: Message, field: DescField): boolean {
  if (field.oneof === undefined) return false;
  return ((message as unknown as Values)[field.oneof.localName] as { case?: string }).case !== undefined;
}
