import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import type { GenFile } from "@bufbuild/protobuf/codegenv2";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { WireFacts, WireField, WireMethod } from "./wire-facts.ts";

const { FieldDescriptorProto_Label: Label, FieldDescriptorProto_Type: Type } = wkt;

/** What Go writes for a time that is not set. */
export const goZeroTime = "0001-01-01T00:00:00Z";

const wellKnownFiles = Object.entries(wkt)
  .filter(([name]) => name.startsWith("file_google_protobuf_") && !name.endsWith("_descriptor"))
  .map(([, file]) => file as GenFile);
const wellKnown = new Set(wellKnownFiles.flatMap((file) => file.messages.map(({ typeName }) => typeName)));

/**
 * Messages put together from the facts alone, as JSON with the field names of the facts. Enums are plain numbers, as
 * they are on the wire; names of messages are flat, since they never travel.
 */
export class WireSchema {
  readonly facts: WireFacts;
  readonly descriptors: wkt.FileDescriptorSet;
  readonly #registry: FileRegistry;

  constructor(facts: WireFacts) {
    this.facts = facts;
    const dependency = wellKnownFiles.map((file) => file.proto.name);
    const file = create(wkt.FileDescriptorProtoSchema, {
      name: "facts.proto",
      package: "facts",
      syntax: "proto3",
      dependency,
      messageType: [...facts.messages].map(([name, fields]) => messageOf(facts, name, fields)),
    });
    this.descriptors = create(wkt.FileDescriptorSetSchema, {
      file: [...inOrder(wellKnownFiles), file],
    });
    this.#registry = createFileRegistry(this.descriptors);
  }

  /** The method at a path, which must be in the facts. */
  method(path: string): WireMethod {
    const found = this.facts.methods.get(path);
    if (found === undefined) throw new Error(`${this.facts.source} have no method ${path}`);
    return found;
  }

  /** The number of an enum's value; enums go by the last part of their name. */
  valueOf(enumName: string, value: string): number {
    const found = [...this.facts.enums].find(([name]) => name.split(".").at(-1) === enumName)?.[1][value];
    if (found === undefined) throw new Error(`${this.facts.source} have no ${enumName}.${value}`);
    return found;
  }

  /** The name of a message in {@link descriptors}. */
  descriptorName(message: string): string {
    return wellKnown.has(message) ? message : `facts.${flat(message)}`;
  }

  encode(message: string, json: JsonObject): Buffer {
    const schema = this.#find(message);
    return Buffer.from(toBinary(schema, fromJson(schema, json, { registry: this.#registry })));
  }

  /** Like {@link encode}, with everything that a Go client of gogo/protobuf writes although it is empty. */
  encodeLikeGo(message: string, json: JsonObject): Buffer {
    return this.encode(message, this.#fill(message, json));
  }

  decode(message: string, bytes: Uint8Array): JsonObject {
    const schema = this.#find(message);
    return toJson(schema, fromBinary(schema, bytes), { registry: this.#registry }) as JsonObject;
  }

  #find(message: string): DescMessage {
    const found = this.#registry.getMessage(this.descriptorName(message));
    if (found === undefined) throw new Error(`${this.facts.source} have no message ${message}`);
    return found;
  }

  #fill(message: string, json: JsonObject): JsonObject {
    const filled: JsonObject = { ...json };
    for (const field of this.facts.messages.get(message) ?? []) {
      const given = this.#fillField(field, json[field.name]);
      if (given !== undefined) filled[field.name] = given;
    }
    return filled;
  }

  #fillField(field: WireField, given: JsonValue | undefined): JsonValue | undefined {
    if (field.type === "google.protobuf.Timestamp") return given ?? (field.always ? goZeroTime : undefined);
    if (!this.facts.messages.has(field.type)) return given;
    if (field.repeated) {
      return (given as JsonObject[] | undefined)?.map((item) => this.#fill(field.type, item));
    }
    if (given === undefined && !field.always) return undefined;
    return this.#fill(field.type, (given as JsonObject | undefined) ?? {});
  }
}

const flat = (name: string) => name.replaceAll(".", "_");

/** Files before those that import them. */
function inOrder(files: readonly GenFile[]): wkt.FileDescriptorProto[] {
  const ordered = new Map<string, wkt.FileDescriptorProto>();
  const add = (file: GenFile | GenFile["dependencies"][number]) => {
    for (const dependency of file.dependencies) add(dependency);
    ordered.set(file.proto.name, file.proto);
  };
  for (const file of files) add(file);
  return [...ordered.values()];
}

function messageOf(facts: WireFacts, name: string, fields: readonly WireField[]): wkt.DescriptorProto {
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const nestedType: wkt.DescriptorProto[] = [];
  // Go wants the fields of a oneof side by side.
  const sorted = fields.toSorted((a, b) => oneofs.indexOf(a.oneof ?? "") - oneofs.indexOf(b.oneof ?? ""));
  const field = sorted.map((each) => {
    const entry = /^map<(\w+),\s*([\w.]+)>$/.exec(each.type);
    if (entry === null) return fieldOf(facts, each, oneofs);
    const entryName = entryNameOf(each.name);
    nestedType.push(entryOf(facts, entryName, entry[1]!, entry[2]!));
    const typeName = `.facts.${flat(name)}.${entryName}`;
    return create(wkt.FieldDescriptorProtoSchema, {
      ...namesOf(each),
      label: Label.REPEATED,
      type: Type.MESSAGE,
      typeName,
    });
  });
  const oneofDecl = oneofs.map((oneof) => create(wkt.OneofDescriptorProtoSchema, { name: oneof }));
  return create(wkt.DescriptorProtoSchema, { name: flat(name), field, nestedType, oneofDecl });
}

const namesOf = ({ name, number }: WireField) => ({ name, number, jsonName: name });

/** The one name that descriptors allow for the entries of a map. */
function entryNameOf(field: string): string {
  return `${field.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function entryOf(facts: WireFacts, name: string, key: string, value: string): wkt.DescriptorProto {
  const plain = { repeated: false, always: false };
  return create(wkt.DescriptorProtoSchema, {
    name,
    options: { mapEntry: true },
    field: [
      fieldOf(facts, { ...plain, number: 1, name: "key", type: key }, []),
      fieldOf(facts, { ...plain, number: 2, name: "value", type: value }, []),
    ],
  });
}

function fieldOf(facts: WireFacts, field: WireField, oneofs: readonly string[]): wkt.FieldDescriptorProto {
  return create(wkt.FieldDescriptorProtoSchema, {
    ...namesOf(field),
    ...typeOf(facts, field.type),
    label: field.repeated ? Label.REPEATED : Label.OPTIONAL,
    ...(field.oneof !== undefined && { oneofIndex: oneofs.indexOf(field.oneof) }),
  });
}

function typeOf(facts: WireFacts, type: string): { type: wkt.FieldDescriptorProto_Type; typeName?: string } {
  if (wellKnown.has(type)) return { type: Type.MESSAGE, typeName: `.${type}` };
  if (facts.messages.has(type)) return { type: Type.MESSAGE, typeName: `.facts.${flat(type)}` };
  if (facts.enums.has(type)) return { type: Type.INT32 };
  const scalar = Type[type.toUpperCase() as keyof typeof Type];
  if (scalar === undefined) throw new Error(`${facts.source} have no type ${type}`);
  return { type: scalar };
}
