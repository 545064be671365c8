import { type Refusal, refuse } from "../verdict.ts";

/** What plugins remember about one resource: plugin → key → value. */
export type PluginEntries = Readonly<Record<string, Readonly<Record<string, string>>>>;

const pluginDataKinds = ["access_request", "access_list"] as const;
export type PluginDataKind = (typeof pluginDataKinds)[number];

export function isPluginDataKind(kind: string): kind is PluginDataKind {
  return (pluginDataKinds as readonly string[]).includes(kind);
}

export interface PluginDataUpdate {
  readonly kind: PluginDataKind;
  readonly resource: string;
  readonly plugin: string;
  /** "" deletes the key. */
  readonly set: Readonly<Record<string, string>>;
  /** What must be there now; "" = must not be there. */
  readonly expect: Readonly<Record<string, string>>;
}

/** The entries after the update, unless something else is there than was expected. */
export function decideUpdate(entries: PluginEntries, update: PluginDataUpdate): PluginEntries | Refusal {
  const current = new Map(Object.entries(entries));
  const data = new Map(Object.entries(current.get(update.plugin) ?? {}));
  for (const [name, expected] of Object.entries(update.expect)) {
    if ((data.get(name) ?? "") !== expected) {
      return refuse("COMPARE_FAILED", `plugin data "${name}" of "${update.plugin}" is not what was expected`);
    }
  }
  for (const [name, value] of Object.entries(update.set)) {
    if (value === "") data.delete(name);
    else data.set(name, value);
  }
  if (data.size === 0) current.delete(update.plugin);
  else current.set(update.plugin, Object.fromEntries(data));
  return Object.fromEntries(current);
}
