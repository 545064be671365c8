import { AppError } from "@sallyport/api";
import { RE2JS } from "re2js";
import { boundedCache } from "./bounded-cache.ts";

/** Matching costs at most the product of program size and value length, so both sides of it are bounded. */
const MAX_REGEXP_LENGTH = 1000;
const MAX_REPETITIONS = 2000;
const MAX_PROGRAM_SIZE = 5000;

const regexps = boundedCache<RE2JS>(1000);
const patterns = boundedCache<Pattern>(2000);
const repetition = /\{(\d{1,9})(?:,(\d{0,9}))?\}/g;

/** Tells whether a whole value is meant. */
export interface Pattern {
  matches(value: string): boolean;
}

/** A literal, a glob with `*`, or a regular expression written `^…$`. All of them match the whole value, exactly. */
export function parsePattern(text: string): Pattern {
  return patterns.get(text, () => {
    if (isRegexp(text)) {
      const regexp = compileRegexp(text);
      return { matches: (value) => regexp.testExact(value) };
    }
    return text.includes("*") ? globPattern(text) : { matches: (value) => value === text };
  });
}

export function isRegexp(text: string): boolean {
  return text.length >= 2 && text.startsWith("^") && text.endsWith("$");
}

/** RE2 syntax, matched in linear time (RE2 has no back references or look-around). */
export function compileRegexp(text: string): RE2JS {
  return regexps.get(text, () => {
    if (text.length > MAX_REGEXP_LENGTH) {
      throw regexpError(text, `it is longer than ${MAX_REGEXP_LENGTH} characters`);
    }
    if (countRepetitions(text) > MAX_REPETITIONS) throw regexpError(text, "it repeats too much");
    const compiled = compileUnchecked(text);
    if (compiled.programSize() > MAX_PROGRAM_SIZE) throw regexpError(text, "it is too complex");
    return compiled;
  });
}

/** A glob as a regular expression with one group for each `*`. */
export function globToRegexp(text: string): string {
  return `^${text.split("*").map(RE2JS.quote).join("(?s:(.*))")}$`;
}

function compileUnchecked(text: string): RE2JS {
  try {
    return RE2JS.compile(text);
  } catch (cause) {
    throw regexpError(text, cause instanceof Error ? cause.message : "it does not parse", cause);
  }
}

function countRepetitions(text: string): number {
  let sum = 0;
  for (const [, least, most] of text.matchAll(repetition)) {
    sum += Math.max(Number(least), Number(most === undefined || most === "" ? 0 : most));
  }
  return sum;
}

function regexpError(text: string, problem: string, cause?: unknown): AppError {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return new AppError("BAD_PARAMETER", `the regular expression ${shown} is not valid: ${problem}`, { cause });
}

/** Takes the leftmost place for each piece between stars, which is enough: a star can always stretch further. */
function globPattern(text: string): Pattern {
  const [head = "", ...rest] = text.split("*");
  const tail = rest.pop() ?? "";
  const middles = rest.filter((piece) => piece !== "");
  return {
    matches(value) {
      if (value.length < head.length + tail.length) return false;
      if (!value.startsWith(head) || !value.endsWith(tail)) return false;
      const end = value.length - tail.length;
      let at = head.length;
      for (const piece of middles) {
        const found = value.indexOf(piece, at);
        if (found < 0 || found + piece.length > end) return false;
        at = found + piece.length;
      }
      return true;
    },
  };
}
