import { AppError, nearestName } from "@sallyport/api";
import { type Document, LineCounter, parseAllDocuments } from "yaml";
import type { z } from "zod";
import { checkVersion } from "./check-version.ts";
import { type Position, positionOf } from "./position.ts";
import { type FileValues, fileSchema } from "./schema/file.ts";
import { shapeOf } from "./schema/key.ts";
import { unservedKeys } from "./unserved-keys.ts";

const MAX_CHARACTERS = 1024 * 1024;
const MAX_PROBLEMS = 20;

export interface ParsedFile {
  readonly values: FileValues;
  readonly warnings: readonly string[];
}

/** The values of a configuration file; everything that is wrong with it is said at once, each with its place. */
export function parseFile(fileName: string, content: string): ParsedFile {
  if (content.length > MAX_CHARACTERS) throw refusal([`${fileName}: is larger than 1 MiB`]);
  const lines = new LineCounter();
  const document = onlyDocument(fileName, content, lines);
  const written = withoutNulls(toPlain(fileName, document)) ?? {};
  const at: At = (path, name) => positionOf(document, lines, path, name);
  const refuse = (problems: readonly Problem[]) =>
    refusal(inOrder(problems).map((one) => placed(fileName, one)));
  const result = fileSchema.safeParse(written);
  if (!result.success) throw refuse(result.error.issues.flatMap((issue) => explain(issue, at)));
  const values = result.data ?? {};
  const wrong = checkVersion(values);
  if (wrong.length > 0) throw refuse(wrong.map(({ path, words }) => ({ at: at(path), words })));
  const warnings = unservedKeys(fileSchema, written).map((path) =>
    placed(fileName, {
      at: at(path),
      words: `${path.join(".")} has no effect: this version does not serve it yet`,
    }),
  );
  return { values, warnings };
}

function onlyDocument(fileName: string, content: string, lines: LineCounter): Document {
  const documents = parseAllDocuments(content, { lineCounter: lines, prettyErrors: false });
  const [first, second] = documents as Document[];
  const problems = (documents as Document[]).flatMap((document) =>
    document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `${fileName}:${line}:${col}: ${error.message}`;
    }),
  );
  if (problems.length > 0) throw refusal(problems);
  if (second !== undefined) throw refusal([`${fileName}: holds more than one document`]);
  return first ?? (parseAllDocuments("{}")[0] as Document);
}

function toPlain(fileName: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw refusal([`${fileName}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** A known key without a value counts as one that is not there; an unknown one is still refused. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutNulls(item)]));
}

type At = (path: readonly PropertyKey[], name?: string) => Position;

interface Problem {
  readonly at: Position;
  readonly words: string;
}

const placed = (fileName: string, { at, words }: Problem) => `${fileName}:${at.line}:${at.column}: ${words}`;

const inOrder = (problems: readonly Problem[]) =>
  problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);

function explain(issue: z.core.$ZodIssue, at: At): Problem[] {
  const where = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(keysAt(issue.path));
    return issue.keys.map((name) => {
      const near = nearestName(name, known);
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      return {
        at: at(issue.path, name),
        words: `unknown key "${name}"${where === "" ? "" : ` in ${where}`}${hint}`,
      };
    });
  }
  const words = issue.code === "invalid_type" ? "must be a group of keys" : issue.message;
  return [{ at: at(issue.path), words: `${where === "" ? "the file" : where} ${words}` }];
}

function keysAt(path: readonly PropertyKey[]): Readonly<Record<string, unknown>> {
  let shape = shapeOf(fileSchema) ?? {};
  for (const step of path) {
    const inner = shape[String(step)];
    shape = (inner === undefined ? undefined : shapeOf(inner)) ?? {};
  }
  return shape;
}

function refusal(problems: readonly string[]): AppError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const left = problems.length - shown.length;
  return new AppError("BAD_PARAMETER", [...shown, ...(left > 0 ? [`… and ${left} more`] : [])].join("\n"));
}
