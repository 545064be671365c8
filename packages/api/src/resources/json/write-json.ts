import type {
  DescField,
  DescMessage,
  JsonObject,
  JsonValue,
  Message,
  MessageShape,
} from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { JsonField } from "#gen/json-names.js";
import { writeEnum } from "./enum-form.ts";
import { type Member, membersOf, memberValue } from "./members.ts";
import { isZeroScalar, writeScalar, zeroScalar } from "./scalar-form.ts";
import { setOwn, specialForm, wrappedScalar } from "./special-forms.ts";

/**
 * The JSON form of a message, as official clients print it: their keys, embedded messages among the members of
 * the outer one, times in RFC 3339, durations as text, bytes in base64. What is empty is left out where they leave it
 * out; where they do not, an empty list, mapping or object is `null` and a time that is not set is that of the year 1.
 * Whole numbers beyond 2^53 are decimal text, so that nothing is lost.
 */
export function toJson<D extends DescMessage>(desc: D, message: MessageShape<D>): JsonObject {
  return writeMessage(desc, message);
}

function writeMessage(desc: DescMessage, message: Message): JsonObject {
  const result: JsonObject = {};
  for (const member of membersOf(desc).values()) {
    if (member.rule.ignored) continue;
    const json = writeMember(member, memberValue(message, member));
    if (json !== undefined) setOwn(result, member.name, json);
  }
  return result;
}

/** undefined where the key is left out. */
function writeMember({ field, rule }: Member, value: unknown): JsonValue | undefined {
  switch (field.fieldKind) {
    case "list":
      return writeList(field, rule, value as readonly unknown[] | undefined);
    case "map":
      return writeMap(field, rule, value as Readonly<Record<string, unknown>> | undefined);
    case "enum":
      if (isZeroScalar(value) && rule.omitEmpty && (value === undefined || !hasPresence(field))) {
        return undefined;
      }
      return writeEnum(field.enum, Number(value ?? 0));
    case "scalar":
      if (value === undefined && hasPresence(field)) return rule.omitEmpty ? undefined : null;
      if (isZeroScalar(value) && !hasPresence(field)) {
        return rule.omitEmpty ? undefined : zeroScalar(field.scalar, rule.castType);
      }
      return writeScalar(value, rule.castType);
    case "message":
      return writeMessageMember(field, rule, value);
  }
}

/** True for a scalar that tells "not set" from its zero value: `optional`, or one of a choice. */
const hasPresence = (field: DescField) => field.oneof !== undefined || field.proto.proto3Optional;

function writeMessageMember(
  field: DescField & { fieldKind: "message" },
  rule: JsonField,
  value: unknown,
): JsonValue | undefined {
  if (value !== undefined) {
    const written = writeMessageValue(field, rule, value);
    if (written !== undefined) return written;
  }
  const special = specialForm(field.message, rule);
  if (!rule.nonNull) return rule.omitEmpty ? undefined : null;
  if (special === undefined) return writeMessage(field.message, create(field.message));
  return rule.omitEmpty && !rule.stdTime ? undefined : special.zero(rule);
}

function writeMessageValue(
  field: DescField & ({ fieldKind: "message" } | { fieldKind: "list" } | { fieldKind: "map" }),
  rule: JsonField,
  value: unknown,
): JsonValue | undefined {
  if (wrappedScalar(field) !== undefined) return writeScalar(value, undefined);
  const desc = field.message;
  if (desc === undefined) return undefined;
  const special = specialForm(desc, rule);
  return special === undefined ? writeMessage(desc, value as Message) : special.write(value, rule);
}

function writeList(
  field: DescField & { fieldKind: "list" },
  rule: JsonField,
  values: readonly unknown[] | undefined,
): JsonValue | undefined {
  if (values === undefined || values.length === 0) return rule.omitEmpty ? undefined : null;
  return values.map((value) => writeItem(field, rule, value));
}

function writeMap(
  field: DescField & { fieldKind: "map" },
  rule: JsonField,
  values: Readonly<Record<string, unknown>> | undefined,
): JsonValue | undefined {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return rule.omitEmpty ? undefined : null;
  const result: JsonObject = {};
  for (const [key, value] of entries) setOwn(result, key, writeItem(field, rule, value));
  return result;
}

function writeItem(
  field: DescField & ({ fieldKind: "list" } | { fieldKind: "map" }),
  rule: JsonField,
  value: unknown,
): JsonValue {
  if (field.enum !== undefined) return writeEnum(field.enum, Number(value));
  if (field.message !== undefined) return writeMessageValue(field, rule, value) ?? null;
  return writeScalar(value, rule.castType);
}
