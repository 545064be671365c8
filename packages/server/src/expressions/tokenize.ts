import { expressionError, type Source } from "./expression-error.ts";
import { readQuoted, readRaw } from "./read-literal.ts";

const symbols = ["&&", "||", "==", "!=", "!", "(", ")", "[", "]", ",", "."] as const;
export type SymbolText = (typeof symbols)[number];

export type Token =
  | { readonly kind: "name" | "text"; readonly at: number; readonly value: string }
  | { readonly kind: SymbolText | "end"; readonly at: number };

/** Longer texts are refused before they are looked at. */
const MAX_EXPRESSION_LENGTH = 8192;

const blanks = /[ \t\r\n]*/y;
const nameText = /[\p{L}_][\p{L}\p{Nd}_]*/uy;

/** The words of a text. Takes time linear in its length. */
export function tokenize(source: Source): Token[] {
  if (source.text.length > MAX_EXPRESSION_LENGTH) {
    throw expressionError(source, 0, `it is longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  const tokens: Token[] = [];
  let at = skipBlanks(source.text, 0);
  while (at < source.text.length) {
    const { token, end } = readToken(source, at);
    tokens.push(token);
    at = skipBlanks(source.text, end);
  }
  tokens.push({ kind: "end", at: source.text.length });
  return tokens;
}

function skipBlanks(text: string, at: number): number {
  blanks.lastIndex = at;
  blanks.test(text);
  return blanks.lastIndex;
}

function readToken(source: Source, at: number): { token: Token; end: number } {
  const { text } = source;
  const first = text[at];
  if (first === '"' || first === "`") {
    const { value, end } = first === '"' ? readQuoted(source, at) : readRaw(source, at);
    return { token: { kind: "text", at, value }, end };
  }
  nameText.lastIndex = at;
  const name = nameText.exec(text)?.[0];
  if (name !== undefined) return { token: { kind: "name", at, value: name }, end: at + name.length };
  const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
  if (symbol !== undefined) return { token: { kind: symbol, at }, end: at + symbol.length };
  throw expressionError(source, at, describeStranger(text, at));
}

function describeStranger(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  switch (character) {
    case "'":
      return 'text stands between double quotes: "…"';
    case "&":
    case "|":
      return `write ${character}${character}`;
    case "=":
      return "write ==, where this language has it, or equals(a, b)";
    case "-":
      return 'a name with a dash needs brackets: labels["my-name"]';
    case "/":
      return 'a name with a slash needs brackets: labels["a/b"]';
    default:
      return /[0-9]/.test(character)
        ? 'numbers are not part of this language; write text: "1"'
        : `the character ${JSON.stringify(character)} has no meaning here`;
  }
}
