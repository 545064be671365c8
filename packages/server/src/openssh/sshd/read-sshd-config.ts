import { globSync, readFileSync } from "node:fs";
import { isAbsolute, join, matchesGlob } from "node:path";
import { AppError } from "@sallyport/api";

/** One directive as it stands in a file. */
export interface Directive {
  /** In lower case. */
  readonly keyword: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
  /** The criteria of the Match block that it stands in, as written; undefined where it holds for everybody. */
  readonly match: string | undefined;
}

const DEEPEST_INCLUDE = 16;
const MAX_DIRECTIVES = 100_000;

/**
 * Every directive of a configuration in the order in which sshd reads it, what Include brings right behind it. A Match
 * block ends with the file that it stands in, and an Include inside one holds only for that block.
 *
 * @param includeRoot - what relative Include patterns are relative to
 * @throws AppError BAD_PARAMETER where the file cannot be read.
 */
export function readSshdConfig(file: string, includeRoot: string): readonly Directive[] {
  const found: Directive[] = [];
  readInto(found, { file, includeRoot, match: undefined, depth: 0 });
  return found;
}

interface Place {
  readonly file: string;
  readonly includeRoot: string;
  readonly match: string | undefined;
  readonly depth: number;
}

function readInto(found: Directive[], place: Place): void {
  if (place.depth > DEEPEST_INCLUDE) {
    throw new AppError(
      "BAD_PARAMETER",
      `${place.file}: Include lines lead deeper than ${DEEPEST_INCLUDE} files`,
    );
  }
  let { match } = place;
  for (const [index, text] of readText(place.file).split("\n").entries()) {
    const directive = parseDirective(text);
    if (directive === undefined) continue;
    const { keyword, value } = directive;
    if (keyword === "match") {
      match = value;
      continue;
    }
    found.push({ keyword, value, file: place.file, line: index + 1, match });
    const files =
      keyword === "include"
        ? patternsOf(value, place.includeRoot).flatMap((one) => globSync(one).sort())
        : [];
    for (const file of files) readInto(found, { ...place, file, match, depth: place.depth + 1 });
    if (found.length > MAX_DIRECTIVES) throw new AppError("LIMIT_EXCEEDED", `${place.file} is too long`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code = "unreadable" } = cause as NodeJS.ErrnoException;
    const words = `the configuration of sshd, ${file}, cannot be read (${code}); run this as root, or name it: --sshd-config FILE`;
    throw new AppError("BAD_PARAMETER", words, { cause });
  }
}

/** `Keyword value`, `Keyword=value` or `Keyword "value"`; undefined for comments and empty lines. */
export function parseDirective(line: string): { keyword: string; value: string } | undefined {
  const [, keyword, value = ""] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)?(.*?)\s*$/.exec(line) ?? [];
  return keyword === undefined ? undefined : { keyword: keyword.toLowerCase(), value: unquoted(value) };
}

function unquoted(value: string): string {
  const [, inner] = /^"([^"]*)"$/.exec(value) ?? [];
  return inner ?? value;
}

function patternsOf(value: string, includeRoot: string): string[] {
  const patterns = value.split(/\s+/).map(unquoted);
  return patterns.map((pattern) => (isAbsolute(pattern) ? pattern : join(includeRoot, pattern)));
}

/** True where sshd would read a file of that path for every connection, also where it is not there yet. */
export function isIncluded(directives: readonly Directive[], path: string, includeRoot: string): boolean {
  return directives.some(
    ({ keyword, value, match }) =>
      keyword === "include" &&
      match === undefined &&
      patternsOf(value, includeRoot).some((pattern) => matchesGlob(path, pattern)),
  );
}
