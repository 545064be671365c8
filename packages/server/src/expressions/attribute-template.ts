import type { AttributeValues } from "./attribute-vocabulary.ts";
import { compileValue } from "./compile-expression.ts";
import { evaluationError, expressionError, type Source } from "./expression-error.ts";
import { parseExpression } from "./parse-expression.ts";
import { toList } from "./read-value.ts";
import type { Vocabulary } from "./vocabulary.ts";

type Render = (values: AttributeValues) => string;

/** Results are names of things; a longer one is a mistake, or an attack on whoever reads it. */
const MAX_RENDERED_LENGTH = 4096;
const MAX_TEMPLATE_LENGTH = 8192;

/** A text with any number of `{{…}}`, each of which stands for one value that is not empty. */
export function compileAttributeTemplate(vocabulary: Vocabulary<AttributeValues>, text: string): Render {
  const source: Source = { text, title: "template" };
  if (text.length > MAX_TEMPLATE_LENGTH) {
    throw expressionError(source, 0, `it is longer than ${MAX_TEMPLATE_LENGTH} characters`);
  }
  const parts: (string | Render)[] = [];
  let at = 0;
  for (let open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", at)) {
    const close = closeOf(source, open);
    parts.push(literal(source, at, open), compilePart(vocabulary, source, open, close));
    at = close + 2;
  }
  parts.push(literal(source, at, text.length));
  return (values) => render(parts, values);
}

function render(parts: readonly (string | Render)[], values: AttributeValues): string {
  let rendered = "";
  for (const part of parts) {
    rendered += typeof part === "string" ? part : part(values);
    if (rendered.length > MAX_RENDERED_LENGTH) {
      throw evaluationError(`the result of the template is longer than ${MAX_RENDERED_LENGTH} characters`);
    }
  }
  return rendered;
}

function literal(source: Source, from: number, to: number): string {
  const text = source.text.slice(from, to);
  const stray = text.indexOf("}}");
  if (stray >= 0) throw expressionError(source, from + stray, '"}}" stands here without "{{" before it');
  return text;
}

/** Where the braces close; those in a text between quotes do not count. */
function closeOf(source: Source, open: number): number {
  const { text } = source;
  for (let at = open + 2; at < text.length; at += 1) {
    const character = text[at];
    if (character === "`" || character === '"') at = endOfQuoted(text, at, character);
    else if (text.startsWith("}}", at)) return at;
  }
  throw expressionError(source, open, '"{{" stands here without "}}" after it');
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += quote === '"' && text[at] === "\\" ? 2 : 1;
  return at;
}

function compilePart(
  vocabulary: Vocabulary<AttributeValues>,
  whole: Source,
  open: number,
  close: number,
): Render {
  // Blanks before it, so that positions are those of the whole text.
  const blanks = whole.text.slice(0, open + 2).replace(/[^\n]/gu, " ");
  const source: Source = { text: blanks + whole.text.slice(open + 2, close), title: whole.title };
  const node = parseExpression(source);
  const { type, run } = compileValue(source, vocabulary, node);
  const name = whole.text.slice(open + 2, close).trim();
  if (type === "text map" || type === "list map") {
    throw expressionError(source, node.at, `${name} is a map: name one value of it, ${name}["key"]`);
  }
  return (values) => oneText(name, run(values));
}

function oneText(name: string, value: unknown): string {
  const texts = typeof value === "boolean" ? [String(value)] : toList(value);
  const [text = ""] = texts;
  if (texts.length > 1) throw evaluationError(`${name} has ${texts.length} values, and a template takes one`);
  if (text === "") throw evaluationError(`${name} is not set`);
  return text;
}
