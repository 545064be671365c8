import { boundedCache } from "./bounded-cache.ts";
import { expressionError, type Source } from "./expression-error.ts";
import { parseExpression } from "./parse-expression.ts";
import { compileRegexp, type Pattern, parsePattern } from "./pattern.ts";
import { splitTemplate } from "./split-template.ts";

/** Tells whether a value is meant. Compares exactly: case and Unicode form count. */
export type Matcher = Pattern;

const roleMatchers = boundedCache<Matcher>(2000);

/** A literal, a glob with `*`, or `^…$` in RE2 syntax; always the whole value. Throws BAD_PARAMETER for a bad one. */
export function parseMatcher(text: string): Matcher {
  return parsePattern(text);
}

/** As parseMatcher, or one `{{regexp.match("…")}}` or `{{regexp.not_match("…")}}`, with text before and after it. */
export function parseRoleMatcher(text: string): Matcher {
  return roleMatchers.get(text, () => {
    const source: Source = { text, title: "role matcher" };
    const parts = splitTemplate(source);
    if (parts === undefined) return parsePattern(text);
    const inner = parseTest({ text: parts.expression, title: source.title });
    return withSurroundings(parts.prefix, parts.suffix, inner);
  });
}

/**
 * Each key must be there, and its value be one of those listed. An empty selector selects nothing; one with
 * `*: ["*"]` selects everything, whatever else it holds. Throws BAD_PARAMETER for a bad pattern.
 */
export function matchesLabels(
  selector: Readonly<Record<string, readonly string[]>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const entries = Object.entries(selector);
  if (entries.some(([key, values]) => key === "*" && values.length === 1 && values[0] === "*")) return true;
  // Every pattern is parsed before any is used: a bad one must not hide behind a value that already decides.
  const patterns = entries.map(([key, values]) => ({ key, tests: values.map(parsePattern) }));
  if (patterns.length === 0) return false;
  return patterns.every(({ key, tests }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value !== undefined && tests.some((test) => test.matches(value));
  });
}

function parseTest(source: Source): Matcher {
  const node = parseExpression(source);
  if (node.kind !== "call" || (node.name !== "regexp.match" && node.name !== "regexp.not_match")) {
    throw expressionError(source, node.at, "only regexp.match and regexp.not_match are possible here");
  }
  const [pattern] = node.args;
  if (pattern?.kind !== "text" || node.args.length !== 1) {
    throw expressionError(source, node.at, `${node.name} takes one text`);
  }
  const regexp = compileRegexp(pattern.value);
  const wanted = node.name === "regexp.match";
  return { matches: (value) => regexp.test(value) === wanted };
}

function withSurroundings(prefix: string, suffix: string, inner: Matcher): Matcher {
  return {
    matches: (value) =>
      value.length >= prefix.length + suffix.length &&
      value.startsWith(prefix) &&
      value.endsWith(suffix) &&
      inner.matches(value.slice(prefix.length, value.length - suffix.length)),
  };
}
