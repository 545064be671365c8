import { create, type JsonObject, type Message } from "@bufbuild/protobuf";
import { MetadataSchema } from "#gen/teleport/legacy/types/types_pb.js";
import { isAppError } from "../errors/index.ts";
import { fromJson, isJsonObject, JsonFormError, type JsonPath, toJson } from "./json/index.ts";
import { findKind, type KindName, type KnownKind, type ResourceMessage } from "./kinds.ts";
import type { ResourceKind } from "./resource-kind.ts";

/** A resource with its kind; a `switch` on `kind` gives the type of `message`. */
export type Resource = {
  [K in KindName]: { readonly kind: K; readonly message: ResourceMessage<K> };
}[KindName];

/** A place in the text of a document; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What makes the errors of {@link parseResource} say more. */
export interface ParseResourceOptions {
  /** Where the value at a path stands in the text; undefined where there is none. */
  readonly locate?: (path: JsonPath) => Position | undefined;
}

/**
 * A resource from a parsed document (JSON or YAML), with the defaults that clients fill in: kind, version, namespace
 * and the name of a singleton. Unknown keys are refused. What needs more than the document is left to the server.
 *
 * @throws AppError BAD_PARAMETER; its `details` have `field`, and where they are known `nearest`, `line` and `column`.
 */
export function parseResource(json: unknown, { locate }: ParseResourceOptions = {}): Resource {
  try {
    const kind = kindOf(json);
    const message = fromJson(kind.schema, json);
    complete(kind, message);
    return { kind: kind.kind, message } as unknown as Resource;
  } catch (error) {
    if (!(error instanceof JsonFormError) || locate === undefined) throw error;
    throw locateError(error, locate);
  }
}

/** The document of a resource, as official clients print it, revision included. */
export function formatResource<K extends KindName>(kind: K, message: ResourceMessage<K>): JsonObject {
  return toJson(findKind(kind).schema, message as never);
}

/** What names a resource in commands: the name of its metadata, `type/cluster` for a certificate authority. */
export function resourceName(resource: Resource): string {
  const kind: ResourceKind = findKind(resource.kind);
  return kind.name?.(resource.message) ?? kind.header(resource.message).Metadata?.Name ?? "";
}

function kindOf(json: unknown): KnownKind {
  if (!isJsonObject(json))
    throw new JsonFormError([], "a resource is a mapping with kind, version, metadata, spec");
  if (typeof json.kind !== "string" || json.kind === "") {
    throw new JsonFormError(["kind"], "say what kind of resource it is, for example: kind: role");
  }
  try {
    return findKind(json.kind);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { nearest } = error.details;
    throw new JsonFormError(["kind"], "no such kind of resource", nearest?.toString());
  }
}

function complete(kind: ResourceKind, message: Message): void {
  const header = kind.header(message);
  header.Kind = kind.kind;
  if (header.Version === "" && kind.defaultVersion !== undefined) header.Version = kind.defaultVersion;
  if (!kind.versions.includes(header.Version)) {
    const known = kind.versions.length === 1 ? `${kind.versions[0]}` : `one of ${kind.versions.join(", ")}`;
    throw new JsonFormError(["version"], `must be ${known} for a ${kind.kind}`);
  }
  header.Metadata ??= create(MetadataSchema);
  if (header.Metadata.Namespace === "") header.Metadata.Namespace = "default";
  if (kind.singleton !== undefined) header.Metadata.Name = kind.singleton;
  else if (header.Metadata.Name === "") throw new JsonFormError(["metadata", "name"], "a name is needed");
  const problem = kind.check?.(message);
  if (problem !== undefined) throw new JsonFormError(problem.path, problem.problem);
}

/** A path that is missing from the text is shown where the nearest thing around it stands. */
function locateError(
  error: JsonFormError,
  locate: NonNullable<ParseResourceOptions["locate"]>,
): JsonFormError {
  for (let length = error.path.length; length >= 0; length--) {
    const position = locate(error.path.slice(0, length));
    if (position !== undefined) return error.at(position);
  }
  return error;
}
