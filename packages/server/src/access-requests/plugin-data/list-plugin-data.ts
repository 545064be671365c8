import { giveWay } from "../../kernel/give-way.ts";
import { wholeAnswer } from "../../rpc/index.ts";
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
  return wholeAnswer("records of plugin data", "name a resource", matching(backend, filter));
}

async function* matching(backend: Backend, filter: PluginDataFilter): AsyncGenerator<Uint8Array> {
  for await (const item of allOf(backend, filter.kind)) if (matches(item, filter)) yield item.value;
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
