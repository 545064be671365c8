import type { DescField, DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import type { JsonField } from "#gen/json-names.js";
import { nearestName } from "../../text/nearest-name.ts";
import { readEnum } from "./enum-form.ts";
import { isChosen, type Member, memberHolder, membersOf, setFieldValue } from "./members.ts";
import { describeJson, expectKey, expectObject, JsonFormError, type JsonPath } from "./path.ts";
import { readScalar } from "./scalar-form.ts";
import { specialForm, wrappedScalar } from "./special-forms.ts";
import { MAX_DEPTH } from "./struct-form.ts";

/** How a message is read from JSON. */
export interface FromJsonOptions {
  /** Where the JSON lies in its document, for messages of errors. */
  readonly path?: JsonPath;
  /** Refuse keys that the message does not have; on unless false. */
  readonly strict?: boolean;
}

/**
 * A message from its JSON form. `null` means "not set", as does the time of the year 1. Durations may also be
 * numbers of nanoseconds, enums numbers or names, and switches words such as `yes`. Throws {@link JsonFormError}
 * (BAD_PARAMETER) with the path of what does not fit, and for an unknown key the nearest known one.
 */
export function fromJson<D extends DescMessage>(
  desc: D,
  json: unknown,
  { path = [], strict = true }: FromJsonOptions = {},
): MessageShape<D> {
  return readMessage(desc, json, path, strict) as MessageShape<D>;
}

function readMessage(desc: DescMessage, json: unknown, path: JsonPath, strict: boolean): Message {
  if (path.length > MAX_DEPTH) throw new JsonFormError(path, "is nested too deeply");
  const message = create(desc);
  const members = membersOf(desc);
  for (const [key, value] of Object.entries(expectObject(json, path))) {
    const at = [...path, key];
    const member = members.get(key);
    if (member !== undefined) readMember(message, member, value, at, strict);
    else if (strict) throw new JsonFormError(at, "no such field", nearestName(key, members.keys()));
  }
  return message;
}

function readMember(message: Message, member: Member, json: unknown, path: JsonPath, strict: boolean): void {
  if (json === null || json === undefined) return;
  const { field, rule } = member;
  const value = readField(field, rule, json, path, strict);
  if (value === undefined) return;
  const holder = memberHolder(message, member);
  if (isChosen(holder, field)) throw new JsonFormError(path, "another choice in its place is set already");
  setFieldValue(holder, field, value);
}

function readField(
  field: DescField,
  rule: JsonField,
  json: unknown,
  path: JsonPath,
  strict: boolean,
): unknown {
  switch (field.fieldKind) {
    case "list":
      return listItems(rule, json, path).map((item, index) =>
        readItem(field, rule, item, [...path, index], strict),
      );
    case "map":
      return readMap(field, rule, json, path, strict);
    case "enum":
      return readEnum(field.enum, json, path);
    case "scalar":
      return readScalar(field.scalar, rule.castType, json, path);
    case "message": {
      const wrapped = wrappedScalar(field);
      if (wrapped !== undefined) return readScalar(wrapped, undefined, json, path);
      return readMessageValue(field.message, rule, json, path, strict);
    }
  }
}

function readMessageValue(
  desc: DescMessage,
  rule: JsonField,
  json: unknown,
  path: JsonPath,
  strict: boolean,
): unknown {
  const special = specialForm(desc, rule);
  return special === undefined ? readMessage(desc, json, path, strict) : special.read(json, path, rule);
}

function listItems(rule: JsonField, json: unknown, path: JsonPath): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (rule.customType === "Strings" && typeof json === "string") return [json];
  throw new JsonFormError(path, `must be a list, not ${describeJson(json)}`);
}

function readMap(
  field: DescField & { fieldKind: "map" },
  rule: JsonField,
  json: unknown,
  path: JsonPath,
  strict: boolean,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(expectObject(json, path))) {
    const at = [...path, key];
    expectKey(key, at);
    if (field.mapKey !== ScalarType.STRING) checkMapKey(field.mapKey, key, at);
    result[key] = readItem(field, rule, value, at, strict);
  }
  return result;
}

function checkMapKey(type: ScalarType, key: string, path: JsonPath): void {
  if (type === ScalarType.BOOL) {
    if (key !== "true" && key !== "false") throw new JsonFormError(path, "the key must be true or false");
    return;
  }
  if (String(readScalar(type, undefined, key, path)) !== key) {
    throw new JsonFormError(path, "the key must be a plain whole number");
  }
}

function readItem(
  field: DescField & ({ fieldKind: "list" } | { fieldKind: "map" }),
  rule: JsonField,
  json: unknown,
  path: JsonPath,
  strict: boolean,
): unknown {
  if (field.enum !== undefined) return readEnum(field.enum, json, path);
  if (field.message === undefined)
    return readScalar(field.scalar ?? ScalarType.STRING, rule.castType, json, path);
  const value = readMessageValue(field.message, rule, json, path, strict);
  if (value === undefined) throw new JsonFormError(path, "must not be empty");
  return value;
}
