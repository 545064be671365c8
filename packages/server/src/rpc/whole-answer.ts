import { AppError } from "@sallyport/api";

/** What a gRPC client takes in one message by default, with room for what is not an item. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024 - 16 * 1024;

/** The tag of a field and the length before each item. */
const AROUND_ITEM_BYTES = 8;

/**
 * The items of an answer that has no pages, all of them. Clients break off what is larger than they accept without a
 * word on what to do, so that is refused in words: `instead` says how to get at it, as in "list them page by page".
 */
export async function wholeAnswer(
  noun: string,
  instead: string,
  items: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  let bytes = 0;
  for await (const item of items) {
    bytes += item.length + AROUND_ITEM_BYTES;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new AppError("ANSWER_TOO_LARGE", `there are more ${noun} than one answer holds: ${instead}`);
    }
    found.push(item);
  }
  return found;
}
