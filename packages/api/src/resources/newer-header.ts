import { create } from "@bufbuild/protobuf";
import { MetadataSchema, type Metadata as NewerMetadata } from "#gen/teleport/header/v1/metadata_pb.js";
import type { Metadata } from "#gen/teleport/legacy/types/types_pb.js";
import { MetadataSchema as OlderMetadataSchema } from "#gen/teleport/legacy/types/types_pb.js";
import type { Header } from "./resource-kind.ts";

/** A message whose header has the newer form of the contract: the same fields under other names. */
export interface NewerHeader {
  kind: string;
  subKind: string;
  version: string;
  metadata?: NewerMetadata | undefined;
}

/** The header of such a message in the form that all kinds are read in; what is set in it is set in the message. */
export function newerHeader(message: NewerHeader): Header {
  return {
    get Kind() {
      return message.kind;
    },
    set Kind(kind) {
      message.kind = kind;
    },
    get SubKind() {
      return message.subKind;
    },
    set SubKind(subKind) {
      message.subKind = subKind;
    },
    get Version() {
      return message.version;
    },
    set Version(version) {
      message.version = version;
    },
    get Metadata() {
      return message.metadata && metadataView(message.metadata);
    },
    set Metadata(metadata) {
      message.metadata = create(MetadataSchema, { name: metadata?.Name ?? "" });
    },
  };
}

/** The namespace of the newer form is nobody's to fill in. */
function metadataView(metadata: NewerMetadata): Metadata {
  const {
    name: Name,
    description: Description,
    labels: Labels,
    expires: Expires,
    revision: Revision,
  } = metadata;
  const older = { Name, Namespace: "default", Description, Labels, Expires, Revision };
  return create(OlderMetadataSchema, older);
}
