import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Cursor } from "../storage/index.ts";
import type { ResourceName } from "./source.ts";

// Events are spliced from encoded resources, so that one event to a thousand streams is encoded once. Field numbers
// are those of proto.Event, types.ResourceHeader and types.Metadata; the contract test decodes what comes out.
const EVENT_TYPE = 1;
const EVENT_RESOURCE_HEADER = 2;
const EVENT_CURSOR = 60000;
const PUT = 1;
const DELETE = 2;

/** A PUT with the resource in its field of the oneof. */
export function encodePut(field: number, resource: Uint8Array, cursor: Cursor): Uint8Array {
  return finish(
    new BinaryWriter()
      .tag(EVENT_TYPE, WireType.Varint)
      .int32(PUT)
      .tag(field, WireType.LengthDelimited)
      .bytes(resource),
    cursor,
  );
}

/** A DELETE, which carries only a resource header. */
export function encodeDelete(kind: string, name: ResourceName, cursor: Cursor): Uint8Array {
  const metadata = new BinaryWriter();
  metadata
    .tag(1, WireType.LengthDelimited)
    .string(name.name)
    .tag(2, WireType.LengthDelimited)
    .string("default");
  const header = new BinaryWriter().tag(1, WireType.LengthDelimited).string(kind);
  if (name.subKind !== "") header.tag(2, WireType.LengthDelimited).string(name.subKind);
  header.tag(3, WireType.LengthDelimited).string(name.version);
  header.tag(4, WireType.LengthDelimited).bytes(metadata.finish());
  return finish(
    new BinaryWriter()
      .tag(EVENT_TYPE, WireType.Varint)
      .int32(DELETE)
      .tag(EVENT_RESOURCE_HEADER, WireType.LengthDelimited)
      .bytes(header.finish()),
    cursor,
  );
}

function finish(writer: BinaryWriter, cursor: Cursor): Uint8Array {
  return writer.tag(EVENT_CURSOR, WireType.LengthDelimited).string(cursor).finish();
}
