import type { KindName, ResourceMessage } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import type { Table } from "../terminal/table.ts";

/** What a cluster does with resources of one kind; what is left out is not offered. */
export interface KindActions<K extends KindName = KindName> {
  readonly kind: K;
  list(client: Client, options: ReadOptions): Promise<readonly ResourceMessage<K>[]>;
  get(client: Client, name: string, options: ReadOptions): Promise<ResourceMessage<K>>;
  /** Fails with ALREADY_EXISTS where it is there. Without it, whether it is there is asked before it is put. */
  create?(client: Client, message: ResourceMessage<K>): Promise<unknown>;
  /** Creates it or replaces it, whatever its revision. */
  upsert?(client: Client, message: ResourceMessage<K>): Promise<unknown>;
  /** Replaces it if its revision is still the one of the message. */
  update?(client: Client, message: ResourceMessage<K>): Promise<unknown>;
  remove?(client: Client, name: string): Promise<unknown>;
  /** The kind as people see it in a terminal at a time, in milliseconds since 1970. */
  table(messages: readonly ResourceMessage<K>[], now: number): Table;
}

export interface ReadOptions {
  readonly withSecrets: boolean;
}

/** Keeps the messages typed inside a file of a kind, and forgets them in the list of all. */
export function kindActions<K extends KindName>(actions: KindActions<K>): KindActions {
  return actions as unknown as KindActions;
}
