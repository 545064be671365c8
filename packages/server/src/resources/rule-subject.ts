import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { jsonNames } from "@sallyport/api/gen/json-names.js";
import type {
  LabelValues,
  StringValues,
} from "@sallyport/api/gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { type RuleSubject, readTime } from "../rpc/index.ts";

/** A resource as the `where` of a rule looks at it: by JSON names, each field made when it is asked for. */
export function ruleSubject(desc: DescMessage, message: Message): RuleSubject {
  const subject = {};
  const names = jsonNames[desc.typeName];
  for (const field of desc.fields) {
    const json = names?.[field.number];
    if (json?.ignored) continue;
    const name = json === undefined || json.name === "" ? field.name : json.name;
    Object.defineProperty(subject, name, { enumerable: true, get: () => fieldValue(desc, message, field) });
  }
  return subject;
}

function fieldValue(desc: DescMessage, message: Message, field: DescField): unknown {
  const value: unknown = (message as unknown as Record<string, unknown>)[field.localName];
  switch (field.fieldKind) {
    case "scalar":
      return value;
    case "enum":
      return field.enum.values.find((one) => one.number === value)?.name ?? value;
    case "map":
      return { ...(value as Record<string, unknown>) };
    case "list":
      return listValue(field, value as readonly unknown[]);
    case "message":
      return messageValue(field.message, value ?? emptyOf(desc, message, field));
  }
}

function listValue(field: DescField & { fieldKind: "list" }, values: readonly unknown[]): unknown {
  return field.listKind === "message" ? values.map((value) => messageValue(field.message, value)) : values;
}

/** Fields of an unset message read as empty, as they do where Go writes it empty. */
function emptyOf(desc: DescMessage, message: Message, field: DescField & { fieldKind: "message" }): unknown {
  return jsonNames[desc.typeName]?.[field.number]?.nonNull
    ? reflect(desc, message).get(field).message
    : undefined;
}

/** Messages whose JSON is not an object of their fields. */
function messageValue(desc: DescMessage, value: unknown): unknown {
  if (value === undefined) return undefined;
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return timeText(value as Timestamp);
    case "types.BoolValue":
      return (value as { Value: boolean }).Value;
    case "wrappers.LabelValues": {
      const entries = Object.entries((value as LabelValues).Values);
      return Object.fromEntries(entries.map(([key, list]) => [key, (list as StringValues).Values]));
    }
    default:
      return ruleSubject(desc, value as Message);
  }
}

function timeText(value: Timestamp): string | undefined {
  const at = readTime(value);
  return at === undefined ? undefined : new Date(at).toISOString();
}
