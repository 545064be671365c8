import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { ResourceHeader } from "#gen/teleport/legacy/types/types_pb.js";
import type { JsonPath } from "./json/index.ts";

/** What every resource begins with; in most messages these are fields of the message itself. */
export type Header = Pick<ResourceHeader, "Kind" | "SubKind" | "Version" | "Metadata">;

/** Something in a document that is needed and not there, or does not go together. */
export interface ResourceProblem {
  readonly path: JsonPath;
  readonly problem: string;
}

/** One kind of resource: its names, versions, message, and what a document of it must have. */
export interface ResourceKind<K extends string = string, D extends DescMessage = DescMessage> {
  /** The `kind` of documents and rules. */
  readonly kind: K;
  /** What many of them are called in a sentence. */
  readonly plural: string;
  /** Further names that people type. */
  readonly aliases: readonly string[];
  /** Versions that are understood, oldest first. */
  readonly versions: readonly string[];
  /** Version of a document that states none; undefined where it must state one. */
  readonly defaultVersion: string | undefined;
  readonly schema: D;
  /** The one name of a kind of which a cluster has exactly one. */
  readonly singleton?: string;
  /** The part of the message that is its header; made where the message has none yet. */
  header(message: MessageShape<D>): Header;
  /** What names one of them in commands; the name of its metadata unless the kind says otherwise. */
  name?(message: MessageShape<D>): string;
  /** The first thing that is missing. The server decides everything that needs more than the document. */
  check?(message: MessageShape<D>): ResourceProblem | undefined;
}

/** Keeps the kind and the message of a definition as precise types. */
export function defineKind<const K extends string, D extends DescMessage>(
  kind: ResourceKind<K, D>,
): ResourceKind<K, D> {
  return kind;
}
