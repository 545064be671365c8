import { create } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { AppError } from "@sallyport/api";
import { MetadataSchema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditLog } from "../audit/index.ts";
import { createResourceStore, type Resource, type ResourceStore } from "../resources/index.ts";
import { type Call, callerFields } from "../rpc/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";

/** A resource in the older form of the contract, as every configuration is. */
export type ConfigResource = Resource & { Kind: string; Version: string };

/** One of the cluster's singleton configurations: networking, session recording, authentication. */
export interface ConfigKind<M extends ConfigResource> {
  readonly desc: GenMessage<M>;
  /** The kind as rules name it, and metadata.name as clients expect it. */
  readonly kind: string;
  readonly name: string;
  readonly event: string;
  readonly code: string;
  defaults(): M;
  /** Throws BAD_PARAMETER; may fill in what is unset. */
  complete(config: M): void;
}

/** Where a configuration came from; one from the config file cannot be changed through the API. */
export const ORIGIN_LABEL = "teleport.dev/origin";
export type Origin = "defaults" | "config-file" | "dynamic";

export interface ClusterConfig<M extends ConfigResource> {
  readonly kind: ConfigKind<M>;
  readonly store: ResourceStore<M>;
  get(): Promise<M>;
  update(config: M, call: Call): Promise<M>;
  upsert(config: M, call: Call): Promise<M>;
  reset(call: Call): Promise<M>;
  /** Throws what writing it would throw; answers whether somebody has set it already. */
  check(config: M): Promise<boolean>;
  /** At start: what the config file says wins, and defaults are written where there is nothing. */
  settle(fromFile: ((config: M) => void) | undefined): Promise<void>;
}

export interface ClusterConfigDeps {
  readonly backend: Backend;
  readonly audit: AuditLog;
}

export function createClusterConfig<M extends ConfigResource>(
  deps: ClusterConfigDeps,
  kind: ConfigKind<M>,
): ClusterConfig<M> {
  const store = createResourceStore({
    backend: deps.backend,
    desc: kind.desc,
    noun: kind.kind,
    prefix: prefix("cluster_configuration", kind.kind),
    keyOf: () => key("cluster_configuration", kind.kind, "current"),
  });
  const get = async () => (await store.get(kind.name)) ?? kind.defaults();
  const write = (how: "update" | "upsert") => async (config: M, call: Call) => {
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
    check: async (config) => {
      const stored = await get();
      refuseFileManaged(kind, stored);
      kind.complete(config);
      return originOf(stored) !== "defaults";
    },
    settle: (fromFile) => settle(store, kind, fromFile),
  };
}

async function settle<M extends ConfigResource>(
  store: ResourceStore<M>,
  kind: ConfigKind<M>,
  fromFile: ((config: M) => void) | undefined,
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

function originOf(config: Resource): string | undefined {
  return config.Metadata?.Labels[ORIGIN_LABEL];
}

function refuseFileManaged(kind: { readonly kind: string }, stored: Resource): void {
  if (originOf(stored) !== "config-file") return;
  throw new AppError(
    "BAD_PARAMETER",
    `${kind.kind} is managed by the configuration file of the auth service; change it there and start again`,
  );
}

/** What it is called is not the client's to say: some send nothing but the spec. */
function named<M extends ConfigResource>(kind: ConfigKind<M>, config: M, origin: Origin): M {
  config.Kind = kind.kind;
  config.Version = "v2";
  config.Metadata ??= create(MetadataSchema);
  config.Metadata.Name = kind.name;
  config.Metadata.Namespace = "default";
  config.Metadata.Labels = { ...config.Metadata.Labels, [ORIGIN_LABEL]: origin };
  return config;
}

function changeEntry(kind: { readonly event: string; readonly code: string }, call: Call) {
  return { event: kind.event, code: kind.code, ...callerFields(call), success: true };
}
