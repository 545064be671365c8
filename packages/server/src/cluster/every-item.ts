import type { Backend, Item, Key } from "../storage/index.ts";

const CHUNK = 500;

/** All that is stored below a prefix, in the order of keys. */
export async function* everyItem(backend: Backend, prefix: Key): AsyncGenerator<Item> {
  let after: Key | undefined;
  do {
    const page = await backend.list({ prefix, after, limit: CHUNK });
    yield* page.items;
    after = page.more ? page.items.at(-1)?.key : undefined;
  } while (after !== undefined);
}
