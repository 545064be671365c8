import { expressionError, type Source } from "./expression-error.ts";

const plain: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

const ordinary = /[^"\\\n]*/y;
const hexadecimal = /^[0-9a-fA-F]+$/;

interface Literal {
  readonly value: string;
  readonly end: number;
}

/** Text in double quotes, with the escapes of the Go language: `\n`, `\"`, `\\`, `\x41`, `\u00e9`, `\U0001f4a5`. */
export function readQuoted(source: Source, start: number): Literal {
  const { text } = source;
  const parts: string[] = [];
  let at = start + 1;
  while (text[at] !== '"') {
    if (text[at] === "\\") {
      const escaped = readEscape(source, at);
      parts.push(escaped.value);
      at = escaped.end;
    } else {
      if (at >= text.length || text[at] === "\n") {
        throw expressionError(source, start, "the closing double quote is missing");
      }
      ordinary.lastIndex = at;
      ordinary.test(text);
      parts.push(text.slice(at, ordinary.lastIndex));
      at = ordinary.lastIndex;
    }
  }
  return { value: parts.join(""), end: at + 1 };
}

/** Text between backquotes stands for itself, whatever it holds. */
export function readRaw(source: Source, start: number): Literal {
  const end = source.text.indexOf("`", start + 1);
  if (end < 0) throw expressionError(source, start, "the closing backquote is missing");
  return { value: source.text.slice(start + 1, end).replaceAll("\r", ""), end: end + 1 };
}

function readEscape(source: Source, at: number): Literal {
  const letter = source.text[at + 1] ?? "";
  const simple = Object.hasOwn(plain, letter) ? plain[letter] : undefined;
  if (simple !== undefined) return { value: simple, end: at + 2 };
  const length = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : 0;
  const digits = source.text.slice(at + 2, at + 2 + length);
  if (length > 0 && digits.length === length && hexadecimal.test(digits)) {
    const code = Number.parseInt(digits, 16);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    // A byte above 0x7f alone is not text: \u names a character.
    if (isCharacter && (letter !== "x" || code < 0x80)) {
      return { value: String.fromCodePoint(code), end: at + 2 + length };
    }
  }
  const hint = `write \\\\ for a backslash, or put the text between backquotes`;
  throw expressionError(source, at, `this escape is not known; ${hint}`);
}
