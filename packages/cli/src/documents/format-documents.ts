import { Document, Scalar, visit } from "yaml";
import { isPlain, plainJson } from "../terminal/plain-text.ts";

/** A list of values as a JSON array. */
export function formatJson(values: readonly unknown[], indent: number): string {
  return values.length === 0 ? "[]" : formatJsonValue(values, indent);
}

/** One value as JSON. */
export function formatJsonValue(value: unknown, indent: number): string {
  return `${plainJson(JSON.stringify(value, undefined, indent))}\n`;
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
      if (typeof node.value === "string" && !fitsBlock(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return plainJson(document.toString({ lineWidth: 0 }));
}

/** Whether a text keeps its value as lines of their own: spaces at their ends would not all survive. */
function fitsBlock(text: string): boolean {
  return isPlain(text.replaceAll("\n", "")) && !/^[ \t\n]|[ \t](\n|$)/.test(text);
}
