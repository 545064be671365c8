import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { AuditLog } from "../audit/index.ts";
import { createResourceStore, type ResourceMetadata, type ResourceStore } from "../resources/index.ts";
import { type Call, callerFields } from "../rpc/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";

/** One of the cluster's singleton configurations: networking, session recording, authentication. */
export interface ConfigKind<D extends DescMessage> {
  readonly desc: D;
  /** The kind as rules name it, and metadata.name as clients expect it. */
  readonly kind: string;
  readonly name: string;
  readonly event: string;
  readonly code: string;
  defaults(): MessageShape<D>;
  /** Throws BAD_PARAMETER; may fill in what is unset. */
  complete(config: MessageShape<D>): void;
}

/** Where a configuration came from; one from the config file cannot be changed through the API. */
export const ORIGIN_LABEL = "teleport.dev/origin";
export type Origin = "defaults" | "config-file" | "dynamic";

type Configured = { Metadata?: ResourceMetadata | undefined };

export interface ClusterConfig<D extends DescMessage> {
  readonly kind: ConfigKind<D>;
  readonly store: ResourceStore<D>;
  get(): Promise<MessageShape<D>>;
  update(config: MessageShape<D>, call: Call): Promise<MessageShape<D>>;
  upsert(config: MessageShape<D>, call: Call): Promise<MessageShape<D>>;
  reset(call: Call): Promise<MessageShape<D>>;
  /** At start: what the config file says wins, and defaults are written where there is nothing. */
  settle(fromFile: ((config: MessageShape<D>) => void) | undefined): Promise<void>;
}

export interface ClusterConfigDeps {
  readonly backend: Backend;
  readonly audit: AuditLog;
}

export function createClusterConfig<D extends DescMessage>(
  deps: ClusterConfigDeps,
  kind: ConfigKind<D>,
): ClusterConfig<D> {
  const store = createResourceStore({
    backend: deps.backend,
    desc: kind.desc,
    noun: kind.kind,
    prefix: prefix("cluster_configuration", kind.kind),
    keyOf: () => key("cluster_configuration", kind.kind, "current"),
  });
  const get = async () => (await store.get(kind.name)) ?? kind.defaults();
  const write = (how: "update" | "upsert") => async (config: MessageShape<D>, call: Call) => {
    refuseFileManaged(kind, await get());
    kind.complete(config);
    named(kind, config, "dynamic");
    return store[how](config, deps.audit.change(changeEntry(kind, call)));
  };
  const reset = async (call: Call) => {
    refuseFileManaged(kind, await get());
    const config = named(kind, kind.defaults(), "defaults");
    return store.upsert(config, deps.audit.change(changeEntry(kind, call)));
  };
  return {
    kind,
    store,
    get,
    update: write("update"),
    upsert: write("upsert"),
    reset,
    settle: (fromFile) => settle(store, kind, fromFile),
  };
}

async function settle<D extends DescMessage>(
  store: ResourceStore<D>,
  kind: ConfigKind<D>,
  fromFile: ((config: MessageShape<D>) => void) | undefined,
): Promise<void> {
  const stored = await store.get(kind.name);
  if (fromFile !== undefined) {
    const config = kind.defaults();
    fromFile(config);
    kind.complete(config);
    await store.upsert(named(kind, config, "config-file"));
  } else if (stored === undefined || originOf(stored) === "config-file") {
    await store.upsert(named(kind, kind.defaults(), "defaults"));
  }
}

function originOf(config: Configured): string | undefined {
  return config.Metadata?.Labels[ORIGIN_LABEL];
}

function refuseFileManaged(kind: { readonly kind: string }, stored: Configured): void {
  if (originOf(stored) !== "config-file") return;
  throw new AppError(
    "BAD_PARAMETER",
    `${kind.kind} is managed by the configuration file of the auth service; change it there and start again`,
  );
}

function named<D extends DescMessage>(
  kind: ConfigKind<D>,
  config: MessageShape<D>,
  origin: Origin,
): MessageShape<D> {
  const { Metadata } = config as Configured;
  if (Metadata !== undefined) {
    Metadata.Name = kind.name;
    Metadata.Labels = { ...Metadata.Labels, [ORIGIN_LABEL]: origin };
  }
  return config;
}

function changeEntry(kind: { readonly event: string; readonly code: string }, call: Call) {
  return { event: kind.event, code: kind.code, ...callerFields(call), success: true };
}
