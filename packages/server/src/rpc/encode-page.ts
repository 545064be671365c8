import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Encoded } from "./table.ts";

/** Below the 4 MiB that clients accept, with room for the rest of the answer. */
export const MAX_PAGE_BYTES = 3 * 1024 * 1024;

/** A reply with encoded messages in a repeated field and the token of the next page in a string field. */
export function encodePage(
  itemsField: number,
  items: Iterable<Uint8Array>,
  tokenField?: number,
  token = "",
): Encoded {
  const writer = new BinaryWriter();
  for (const item of items) writer.tag(itemsField, WireType.LengthDelimited).bytes(item);
  if (tokenField !== undefined && token !== "") {
    writer.tag(tokenField, WireType.LengthDelimited).string(token);
  }
  return new Encoded(writer.finish());
}

/** A reply with one encoded message in a field. */
export const encodeWrapped = (field: number, item: Uint8Array): Encoded => encodePage(field, [item]);
