import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  MetadataSchema,
  PluginDataEntrySchema,
  type PluginDataV3,
  PluginDataV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newRevision } from "../../kernel/ids.ts";
import { writeTime } from "../../rpc/index.ts";
import { type Change, type Item, type Key, key, prefix, type Revision } from "../../storage/index.ts";
import type { PluginDataKind, PluginEntries } from "./plugin-data.ts";

export function pluginDataKey(kind: PluginDataKind, resource: string): Key {
  return key("plugin_data", kind, resource);
}

export function kindPrefix(kind: PluginDataKind): Key {
  return prefix("plugin_data", kind);
}

export function readEntries(item: Item | undefined): PluginEntries {
  if (item === undefined) return {};
  const entries = Object.entries(parseRecord(item).Spec?.Entries ?? {});
  return Object.fromEntries(entries.map(([plugin, { Data }]) => [plugin, Data]));
}

export function parseRecord(item: Item): PluginDataV3 {
  return fromBinary(PluginDataV3Schema, item.value);
}

/** Writes over exactly what was read, or over nothing. */
export function putEntries(
  kind: PluginDataKind,
  resource: string,
  entries: PluginEntries,
  { item, expiresAt }: { readonly item: Item | undefined; readonly expiresAt: number | undefined },
): Change & { readonly op: "put" } {
  const revision = newRevision<Revision>();
  const message = item === undefined ? newRecord(kind, resource) : parseRecord(item);
  message.Metadata ??= create(MetadataSchema, { Name: resource, Namespace: "default" });
  message.Metadata.Revision = revision;
  const expires = writeTime(expiresAt);
  if (expires !== undefined) message.Metadata.Expires = expires;
  const written = Object.entries(entries).map(([plugin, data]) => [
    plugin,
    create(PluginDataEntrySchema, { Data: { ...data } }),
  ]);
  if (message.Spec !== undefined) message.Spec.Entries = Object.fromEntries(written);
  return {
    op: "put",
    key: pluginDataKey(kind, resource),
    value: toBinary(PluginDataV3Schema, message),
    revision,
    expiresAt,
    condition: item === undefined ? { is: "absent" } : { is: "at", revision: item.revision },
  };
}

function newRecord(kind: PluginDataKind, resource: string): PluginDataV3 {
  return create(PluginDataV3Schema, {
    Kind: "plugin_data",
    SubKind: kind,
    Version: "v3",
    Metadata: { Name: resource, Namespace: "default" },
    Spec: {},
  });
}
