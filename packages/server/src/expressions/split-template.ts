import { expressionError, type Source } from "./expression-error.ts";

export interface TemplateParts {
  /** Literal text before, without the blanks at its start. */
  readonly prefix: string;
  /** What stands between the braces, with blanks before it, so that positions are those of the whole text. */
  readonly expression: string;
  /** Literal text after, without the blanks at its end. */
  readonly suffix: string;
}

/** The one `{{…}}` of a text with what surrounds it; undefined for a text without any. */
export function splitTemplate(source: Source): TemplateParts | undefined {
  const { text } = source;
  const open = text.indexOf("{{");
  const close = text.lastIndexOf("}}");
  if (open < 0 && close < 0) return undefined;
  if (open < 0) throw expressionError(source, close, '"}}" stands here without "{{" before it');
  if (close < open + 2) throw expressionError(source, open, '"{{" stands here without "}}" after it');
  const [prefix, suffix] = [text.slice(0, open), text.slice(close + 2)];
  if (/[{}]/.test(prefix + suffix)) {
    throw expressionError(source, open, "no other braces may stand around {{…}}");
  }
  const blanks = text.slice(0, open + 2).replace(/[^\n]/gu, " ");
  const expression = blanks + text.slice(open + 2, close);
  return { prefix: prefix.trimStart(), expression, suffix: suffix.trimEnd() };
}
