import { compileAttributeTemplate } from "./attribute-template.ts";
import { type AttributeType, type AttributeValues, attributeVocabulary } from "./attribute-vocabulary.ts";
import { boundedCache } from "./bounded-cache.ts";
import { compileExpression, compileValue } from "./compile-expression.ts";
import type { Predicate } from "./environment.ts";
import { evaluationError, expressionError, type Source } from "./expression-error.ts";
import { parseExpression } from "./parse-expression.ts";
import { toText } from "./read-value.ts";

/** A parsed attribute or template. Throws BAD_PARAMETER where a value is not set. */
export interface AttributeText {
  read(values: AttributeValues): string;
}

/** What resources say about attributes. Every parser throws BAD_PARAMETER, and names the nearest name. */
export interface AttributeLanguage {
  /** True or false. */
  parseCondition(text: string): Predicate<AttributeValues>;
  /** One value, as text: `user.name`, `workload.kubernetes.labels["app"]`. */
  parseAttribute(text: string): AttributeText;
  /** Text with any number of `{{…}}`. */
  parseTemplate(text: string): AttributeText;
}

const CACHED = 1000;

export function attributeLanguage(types: Readonly<Record<string, AttributeType>>): AttributeLanguage {
  const vocabulary = attributeVocabulary(types);
  const conditions = boundedCache<Predicate<AttributeValues>>(CACHED);
  const attributes = boundedCache<AttributeText>(CACHED);
  const templates = boundedCache<AttributeText>(CACHED);
  return {
    parseCondition: (text) =>
      conditions.get(text, () => {
        const source: Source = { text, title: vocabulary.title };
        return { text, evaluate: compileExpression(source, vocabulary, parseExpression(source)) };
      }),
    parseAttribute: (text) => attributes.get(text, () => compileAttribute(vocabulary, text)),
    parseTemplate: (text) =>
      templates.get(text, () => ({ read: compileAttributeTemplate(vocabulary, text) })),
  };
}

function compileAttribute(vocabulary: ReturnType<typeof attributeVocabulary>, text: string): AttributeText {
  const source: Source = { text, title: "attribute" };
  const node = parseExpression(source);
  const { type, run } = compileValue(source, vocabulary, node);
  if ((node.kind !== "path" && node.kind !== "index") || (type !== "text" && type !== "boolean")) {
    throw expressionError(source, node.at, "a condition looks at one value; for lists there is `expression`");
  }
  return { read: (values) => textOf(text, run(values)) };
}

function textOf(name: string, value: unknown): string {
  const text = typeof value === "boolean" ? String(value) : toText(value);
  if (text === "") throw evaluationError(`${name} is not set`);
  return text;
}
