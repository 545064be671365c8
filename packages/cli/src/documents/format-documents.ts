import { Document, isScalar, Scalar, visit } from "yaml";
import { isPlain, plainJson } from "../terminal/plain-text.ts";

/** A list of values as a JSON array. */
export function formatJson(values: readonly unknown[], indent: number): string {
  return values.length === 0 ? "[]" : `${plainJson(JSON.stringify(values, undefined, indent))}\n`;
}

/** One YAML document for each value, with `---` between them. */
export function formatYaml(values: readonly unknown[]): string {
  return values.length === 0 ? "[]" : values.map(formatYamlDocument).join("---\n");
}

/** Reads the same for parsers of YAML 1.1, to which `yes` is not a text. */
export function formatYamlDocument(value: unknown): string {
  const document = new Document(value, { compat: "yaml-1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (isScalar(node) && typeof node.value === "string" && !isPlain(node.value)) {
        node.type = isPlain(node.value.replaceAll("\n", "")) ? node.type : Scalar.QUOTE_DOUBLE;
      }
    },
  });
  return plainJson(document.toString({ lineWidth: 0 }));
}
