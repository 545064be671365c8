import { AppError, isAppError, parseResource, type Resource, resourceName } from "@sallyport/api";
import { describePlace, type SourceDocument } from "./document.ts";
import { locate } from "./locate.ts";

/** A resource that a source holds, and where. */
export interface CheckedResource {
  readonly resource: Resource;
  readonly name: string;
  readonly document: SourceDocument;
}

/**
 * The resources of all documents, each checked in full: unknown fields, types, what is required, and that no two name
 * the same thing.
 *
 * @throws AppError BAD_PARAMETER with one line for each document that is wrong.
 */
export function checkDocuments(documents: readonly SourceDocument[]): CheckedResource[] {
  const checked: CheckedResource[] = [];
  const mistakes: string[] = [];
  for (const document of documents) {
    try {
      checked.push(checkDocument(document, checked));
    } catch (error) {
      if (!isAppError(error, "BAD_PARAMETER")) throw error;
      mistakes.push(describeMistake(document, error));
    }
  }
  if (mistakes.length > 0) throw new AppError("BAD_PARAMETER", mistakes.join("\n"));
  return checked;
}

function checkDocument(document: SourceDocument, before: readonly CheckedResource[]): CheckedResource {
  const resource = parseResource(document.content, { locate: (path) => locate(document, path) });
  const name = resourceName(resource);
  const twin = before.find((other) => other.resource.kind === resource.kind && other.name === name);
  if (twin === undefined) return { resource, name, document };
  throw new AppError(
    "BAD_PARAMETER",
    `${resource.kind} ${JSON.stringify(name)} is in document ${twin.document.number} already`,
  );
}

function describeMistake(document: SourceDocument, error: AppError): string {
  const { line, column } = error.details;
  const at = typeof line === "number" && typeof column === "number" ? { line, column } : undefined;
  return `${describePlace(document, at ?? locate(document, []))}: ${error.message}`;
}
