import { AppError, isAppError } from "../errors/index.ts";

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; "" after the last one. */
  readonly nextKey: string;
}

/** Items in a page unless the caller says otherwise; far from the 4 MiB that clients accept in one answer. */
export const defaultPageSize = 200;

/**
 * Every item of a paged list, page after page, each page asked for when the one before is used up. A page that is too
 * large to be received is asked for again in half the size.
 *
 * @throws AppError INTERNAL when the server hands out the same page key twice, which would never end.
 */
export async function* eachItem<Item>(
  fetchPage: (startKey: string, pageSize: number) => Promise<Page<Item>>,
  pageSize: number = defaultPageSize,
): AsyncGenerator<Item, void, undefined> {
  const seen = new Set<string>();
  let startKey = "";
  let size = pageSize;
  const fetchFitting = async (): Promise<Page<Item>> => {
    for (;;) {
      try {
        return await fetchPage(startKey, size);
      } catch (error) {
        if (size <= 1 || !isTooLarge(error)) throw error;
        size = Math.floor(size / 2);
      }
    }
  };
  do {
    const page = await fetchFitting();
    yield* page.items;
    startKey = page.nextKey;
    if (seen.has(startKey))
      throw new AppError("INTERNAL", "the server repeats a page; the list would never end");
    seen.add(startKey);
  } while (startKey !== "");
}

const isTooLarge = (error: unknown): boolean =>
  isAppError(error, "LIMIT_EXCEEDED") && error.message.includes("larger than max");
