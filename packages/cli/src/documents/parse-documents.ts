import { AppError } from "@sallyport/api";
import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from "yaml";
import { describePlace, type SourceDocument } from "./document.ts";

/** Larger than any file of resources that fits the messages of the API. */
export const maxSourceBytes = 4 * 1024 * 1024;
export const tooLarge = `is larger than ${maxSourceBytes / 1024 / 1024} MiB`;
const maxDocuments = 10_000;
const maxDepth = 100;
/** One mistake in the notation often brings others that are none. */
const maxMistakes = 5;
/** How many nodes aliases may stand for, relative to what is written; more is a bomb. */
const maxAliasCount = 100;

/**
 * Every document of a YAML (or JSON) source; empty ones are left out.
 *
 * @throws AppError BAD_PARAMETER with all mistakes in the notation, a line each.
 */
export function parseDocuments(source: string, text: string): SourceDocument[] {
  if (Buffer.byteLength(text) > maxSourceBytes) throw bad(`${source} ${tooLarge}`);
  const lines = new LineCounter();
  const parsed = parseYaml(source, text, lines);
  if (parsed.length > maxDocuments) throw bad(`${source}: more than ${maxDocuments} documents`);
  const mistakes = parsed.flatMap((yaml, index) => describeMistakes(source, index + 1, yaml, lines));
  if (mistakes.length > 0) throw bad(shorten([...indentedSeparator(source, text), ...mistakes]).join("\n"));
  return parsed
    .filter((yaml) => !isEmpty(yaml))
    .map((yaml, index) => readContent({ source, number: index + 1, yaml, lines }))
    .flatMap(splitList)
    .map((document, index) => ({ ...document, number: index + 1 }));
}

function parseYaml(source: string, text: string, lines: LineCounter): Document.Parsed[] {
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
    return "empty" in parsed ? [] : parsed;
  } catch (error) {
    if (error instanceof RangeError) throw bad(`${source}: nested too deeply`);
    throw error;
  }
}

function describeMistakes(
  source: string,
  number: number,
  yaml: Document.Parsed,
  lines: LineCounter,
): string[] {
  // The parser reports its own exhaustion as a mistake like any other.
  if (yaml.errors.some(({ message }) => /call stack|stack overflow/i.test(message))) {
    throw bad(`${describePlace({ source, number })}: nested too deeply`);
  }
  return yaml.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${describePlace({ source, number }, { line, column: col })}: ${firstLine(message)}`;
  });
}

/** A file that was pasted with its indentation is one document, whose mistakes say nothing of that. */
function indentedSeparator(source: string, text: string): string[] {
  const before = /^[ \t]+---[ \t]*$/m.exec(text);
  if (before === null) return [];
  const line = text.slice(0, before.index).split("\n").length;
  return [
    `${source}, line ${line}: "---" separates documents only at the very start of a line; take the spaces before it away`,
  ];
}

function shorten(mistakes: readonly string[]): string[] {
  const left = mistakes.length - maxMistakes;
  return [...mistakes.slice(0, maxMistakes), ...(left > 0 ? [`… and ${left} more`] : [])];
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function readContent(document: Omit<SourceDocument, "content" | "root">): SourceDocument {
  checkDepth(document);
  try {
    return { ...document, root: document.yaml.contents, content: document.yaml.toJS({ maxAliasCount }) };
  } catch (error) {
    throw bad(`${describePlace(document)}: aliases that cannot be resolved, or stand for too much`, error);
  }
}

/** A list of resources, as programs get them in JSON, counts as a document for each. */
function splitList(document: SourceDocument): SourceDocument[] {
  const { root, content } = document;
  if (!isSeq(root) || !Array.isArray(content) || !root.items.every((item) => isMap(item))) return [document];
  return content.map((item, index) => ({ ...document, root: root.items[index], content: item }));
}

function checkDepth(document: Pick<SourceDocument, "source" | "number" | "yaml">): void {
  visit(document.yaml, (_key, _node, path) => {
    // Every level of a mapping is two steps of the path: the mapping and the pair in it.
    if (path.length > 2 * maxDepth) throw bad(`${describePlace(document)}: nested too deeply`);
  });
}

function bad(message: string, cause?: unknown): AppError {
  return new AppError("BAD_PARAMETER", message, { cause });
}
