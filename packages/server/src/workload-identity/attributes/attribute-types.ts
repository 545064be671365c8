import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { AttrsSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import { type AttributeType, attributeLanguage } from "../../expressions/index.ts";

/** Evidence to be checked by policies, not something to compare. */
const unnamed = ["teleport.workloadidentity.v1.WorkloadAttrsSigstore"];
export const TRAIT = "teleport.trait.v1.Trait";

/** What an attribute holds whose messages end at this field; undefined for a message that has attributes of its own. */
export function typeOfField(field: DescField): AttributeType | undefined {
  switch (field.fieldKind) {
    case "scalar":
      return field.scalar === ScalarType.BOOL ? "boolean" : "text";
    case "list":
      return field.listKind === "message" ? "list map" : "list";
    case "map":
      return "text map";
    default:
      return undefined;
  }
}

/** Messages below a field that have attributes. */
export const hasAttributes = (field: DescField): field is DescField & { fieldKind: "message" } =>
  field.fieldKind === "message" && !unnamed.includes(field.message.typeName);

function typesOf(desc: DescMessage, prefix: string): [string, AttributeType][] {
  return desc.fields.flatMap((field): [string, AttributeType][] => {
    const name = `${prefix}${field.name}`;
    const type = typeOfField(field);
    if (type !== undefined) return [[name, type]];
    return hasAttributes(field) ? typesOf(field.message, `${name}.`) : [];
  });
}

/** Every attribute that rules and templates can name: `user.name`, `workload.unix.uid`, `join.github.repository` … */
export const attributeTypes: Readonly<Record<string, AttributeType>> = Object.fromEntries(
  typesOf(AttrsSchema, ""),
);

export const attributes = attributeLanguage(attributeTypes);
