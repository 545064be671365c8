import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescEnum, DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { create, equals, fromBinary, ScalarType, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { type JsonField, jsonNames } from "#gen/json-names.js";
import { OneOfSchema } from "#gen/teleport/legacy/types/events/events_pb.js";
import { fromJson, toJson } from "./json/index.ts";
import { wrappedScalar } from "./json/special-forms.ts";
import { resourceKinds } from "./kinds.ts";

/** Any message that its JSON form can carry: fields that are never written stay unset. */
function arbitraryMessage(desc: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const fields = desc.fields.filter((field) => !ruleOf(desc, field)?.ignored && field.oneof === undefined);
  const record = Object.fromEntries(
    fields.map((field) => [field.localName, arbitraryField(field, ruleOf(desc, field), depth)]),
  );
  const choices = desc.oneofs.map((oneof): [string, fc.Arbitrary<unknown>] => [
    oneof.localName,
    fc.option(
      fc.oneof(
        ...oneof.fields.map((field) =>
          arbitraryValue(field, undefined, depth).map((value) => ({ case: field.localName, value })),
        ),
      ),
      { nil: undefined },
    ),
  ]);
  return fc
    .record({ ...record, ...Object.fromEntries(choices) }, { requiredKeys: [] })
    .map((values) => create(desc, values as never));
}

const ruleOf = (desc: DescMessage, field: DescField): JsonField | undefined =>
  jsonNames[desc.typeName]?.[field.number];

function arbitraryField(field: DescField, rule: JsonField | undefined, depth: number): fc.Arbitrary<unknown> {
  const value = arbitraryValue(field, rule, depth);
  if (field.fieldKind === "list") return fc.array(value, { maxLength: 3 });
  if (field.fieldKind === "map") return fc.dictionary(arbitraryKey, value, { maxKeys: 3 });
  return fc.option(value, { nil: undefined });
}

/** Any text but the one that a document may not have as a key. */
const arbitraryKey = fc.string({ unit: "binary", maxLength: 8 }).filter((key) => key !== "__proto__");

function arbitraryValue(field: DescField, rule: JsonField | undefined, depth: number): fc.Arbitrary<unknown> {
  const wrapped = wrappedScalar(field);
  if (wrapped !== undefined) return arbitraryScalar(wrapped);
  if (field.enum !== undefined) return arbitraryEnum(field.enum);
  if (field.message === undefined) return arbitraryScalar(field.scalar ?? ScalarType.STRING);
  if (field.message.typeName === "google.protobuf.Timestamp") return arbitraryTime;
  if (field.message.typeName === "google.protobuf.Struct") {
    return fc.dictionary(arbitraryKey, fc.jsonValue({ maxDepth: 2 }).map(withoutHostileKeys));
  }
  if (field.message.typeName === "google.protobuf.Duration") {
    return fc
      .record({
        seconds: fc.bigInt({ min: 0n, max: 9_000_000_000n }),
        nanos: fc.integer({ min: 0, max: 999_999_999 }),
      })
      .map((value) => create(field.message as DescMessage, value as never));
  }
  if (depth > 4 && rule?.customType === undefined) return fc.constant(create(field.message));
  return arbitraryMessage(field.message, depth + 1);
}

const withoutHostileKeys = (json: unknown) =>
  JSON.parse(JSON.stringify(json).replaceAll("__proto__", "proto"));

/** Of the numbers that share a word on paper, the one that the word means. */
function arbitraryEnum(desc: DescEnum): fc.Arbitrary<number> {
  const numbers = desc.values.map((value) => value.number);
  return fc.constantFrom(...numbers.filter((n) => desc.typeName !== "types.CreateHostUserMode" || n !== 2));
}

const arbitraryTime = fc
  .record({
    seconds: fc.bigInt({ min: -62_135_596_799n, max: 253_402_300_799n }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
  })
  .map((time) => create(TimestampSchema, time));

function arbitraryScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return fc.string({ unit: "binary", maxLength: 12 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 12 });
    case ScalarType.INT64:
    case ScalarType.SINT64:
      return fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case ScalarType.UINT32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.INT32:
      return fc.integer();
    case ScalarType.FLOAT:
      return fc.float({ noDefaultInfinity: true, noNaN: true }).map((value) => value || 0);
    default:
      return fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value || 0);
  }
}

/** Removes messages in which nothing is set: Go writes and reads them as if they were not there. */
function prune(desc: DescMessage, message: Message): void {
  const values = message as unknown as Record<string, unknown>;
  for (const field of desc.fields) {
    const value = values[field.localName];
    if (field.message === undefined || value === undefined || wrappedScalar(field) !== undefined) continue;
    if (field.message.typeName === "google.protobuf.Struct") {
      if (Object.keys(value as object).length === 0) delete values[field.localName];
      continue;
    }
    const inner = field.fieldKind === "message" ? [value] : Object.values(value as object);
    for (const one of inner) prune(field.message, one as Message);
    if (field.fieldKind !== "message") continue;
    if (toBinary(field.message, value as Message).length === 0) delete values[field.localName];
  }
}

function assertRoundTrip(desc: DescMessage, message: Message): void {
  const json = toJson(desc, message);
  const text = JSON.stringify(json);
  const back = fromJson(desc, JSON.parse(text));
  assert.equal(JSON.stringify(toJson(desc, back)), text);
  prune(desc, message);
  prune(desc, back);
  // Over the wire, so that what the generated code keeps apart in memory only does not count.
  const [a, b] = [message, back].map((one) => fromBinary(desc, toBinary(desc, one)));
  assert.ok(equals(desc, a!, b!), text);
}

for (const { kind, schema } of resourceKinds) {
  test(`any ${kind} comes back from its document as it was`, () => {
    fc.assert(
      fc.property(arbitraryMessage(schema), (message) => assertRoundTrip(schema, message)),
      {
        numRuns: 150,
      },
    );
  });
}

/** Fields whose key an embedded message has as well, so that they cannot be told apart on paper. */
const hidden = new Set(["SessionStart", "SessionUpload", "AccessListReview"]);

test("any audit event comes back from its JSON as it was", () => {
  for (const field of OneOfSchema.fields) {
    const desc = field.message;
    if (desc === undefined || hidden.has(desc.name)) continue;
    fc.assert(
      fc.property(arbitraryMessage(desc), (message) => assertRoundTrip(desc, message)),
      { numRuns: 4 },
    );
  }
});
