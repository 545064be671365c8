import { AppError } from "@sallyport/api";
import { giveWay } from "../../kernel/give-way.ts";
import { MAX_PAGE_BYTES } from "../../rpc/index.ts";
import type { Backend, Item, Key } from "../../storage/index.ts";
import type { PluginDataKind } from "./plugin-data.ts";
import { kindPrefix, parseRecord, pluginDataKey } from "./store.ts";

export interface PluginDataFilter {
  readonly kind: PluginDataKind;
  /** "" = any. */
  readonly resource: string;
  /** "" = any; otherwise records that hold something of this plugin. */
  readonly plugin: string;
}

const CHUNK = 500;

/** The stored bytes of the records that match, whole. */
export async function listPluginData(
  backend: Backend,
  filter: PluginDataFilter,
): Promise<readonly Uint8Array[]> {
  if (filter.resource !== "") {
    const item = await backend.get(pluginDataKey(filter.kind, filter.resource));
    return item !== undefined && matches(item, filter) ? [item.value] : [];
  }
  const found: Uint8Array[] = [];
  let bytes = 0;
  for await (const item of allOf(backend, filter.kind)) {
    if (!matches(item, filter)) continue;
    bytes += item.value.length;
    if (bytes > MAX_PAGE_BYTES) {
      throw new AppError(
        "LIMIT_EXCEEDED",
        "there is more plugin data than one answer holds: name a resource",
      );
    }
    found.push(item.value);
  }
  return found;
}

async function* allOf(backend: Backend, kind: PluginDataKind): AsyncGenerator<Item> {
  const prefix = kindPrefix(kind);
  let after: Key | undefined;
  do {
    const page = await backend.list({ prefix, after, limit: CHUNK });
    yield* page.items;
    after = page.more ? page.items.at(-1)?.key : undefined;
    if (after !== undefined) await giveWay();
  } while (after !== undefined);
}

function matches(item: Item, { plugin }: PluginDataFilter): boolean {
  if (plugin === "") return true;
  return Object.hasOwn(parseRecord(item).Spec?.Entries ?? {}, plugin);
}
