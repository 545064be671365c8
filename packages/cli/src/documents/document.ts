import type { Position } from "@sallyport/api";
import type { Document, LineCounter } from "yaml";

/** One resource to be of a source, read but not yet understood: a YAML document, or an item of a list that is one. */
export interface SourceDocument {
  /** What the messages call the source: its path, or `standard input`. */
  readonly source: string;
  /** 1 for the first one that is not empty. */
  readonly number: number;
  readonly content: unknown;
  readonly yaml: Document.Parsed;
  /** Where it begins in the YAML. */
  readonly root: unknown;
  readonly lines: LineCounter;
}

/** `rscs.yaml, document 2, line 7, column 9`. */
export function describePlace(document: Pick<SourceDocument, "source" | "number">, at?: Position): string {
  const place = `${document.source}, document ${document.number}`;
  return at === undefined ? place : `${place}, line ${at.line}, column ${at.column}`;
}
