import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { newRevision } from "../kernel/ids.ts";
import type { Backend, Change, Condition, Item, Key, Page, Revision } from "../storage/index.ts";
import { expiryOf, type ResourceMetadata } from "./metadata.ts";

/** A generated message that has the metadata every resource of the contract has. */
export type ResourceDesc = DescMessage;
type Resource<D extends ResourceDesc> = MessageShape<D> & { Metadata?: ResourceMetadata | undefined };

export interface ResourceStoreOptions<D extends ResourceDesc> {
  readonly backend: Backend;
  readonly desc: D;
  /** The word for people, for example "lock". */
  readonly noun: string;
  readonly prefix: Key;
  keyOf(name: string): Key;
}

/** What else goes into the commit of a write: the audit entry, index keys, conditions on other keys. */
export type WithCommit = readonly Change[];

export interface ResourcePage<D extends ResourceDesc> {
  readonly resources: readonly Resource<D>[];
  /** Name to go on after; "" when there is no more. */
  readonly nextKey: string;
}

/**
 * Resources of one kind, with the one rule on revisions: every write chooses a new one and carries it inside; an
 * upsert ignores the one it is sent; an update that carries one is conditional on it, an older update without one
 * requires existence; a create requires absence.
 */
export interface ResourceStore<D extends ResourceDesc> {
  get(name: string): Promise<Resource<D> | undefined>;
  /** The resource; throws NOT_FOUND. */
  read(name: string): Promise<Resource<D>>;
  list(options: { readonly limit: number; readonly startKey?: string | undefined }): Promise<ResourcePage<D>>;
  /** Every resource, page by page. */
  all(): AsyncGenerator<Resource<D>>;
  create(resource: Resource<D>, ...commit: WithCommit): Promise<Resource<D>>;
  update(resource: Resource<D>, ...commit: WithCommit): Promise<Resource<D>>;
  upsert(resource: Resource<D>, ...commit: WithCommit): Promise<Resource<D>>;
  /** Throws NOT_FOUND where it is not there. */
  delete(name: string, ...commit: WithCommit): Promise<void>;
  parse(item: Item): Resource<D>;
}

const LIST_CHUNK = 500;

export function createResourceStore<D extends ResourceDesc>(
  options: ResourceStoreOptions<D>,
): ResourceStore<D> {
  const { backend, desc, noun, keyOf } = options;
  const parsed = new WeakMap<Item, Resource<D>>();
  const parse = (item: Item): Resource<D> => {
    let resource = parsed.get(item);
    if (resource === undefined) {
      resource = fromBinary(desc, item.value) as Resource<D>;
      parsed.set(item, resource);
    }
    return resource;
  };
  const get = async (name: string) => {
    const item = await backend.get(keyOf(name));
    return item === undefined ? undefined : parse(item);
  };
  const write = (resource: Resource<D>, condition: Condition, commit: WithCommit) =>
    writeResource(options, resource, condition, commit);
  return {
    get,
    parse,
    read: async (name) => {
      const resource = await get(name);
      if (resource === undefined)
        throw new AppError("NOT_FOUND", `${noun} ${JSON.stringify(name)} is not there`);
      return resource;
    },
    list: (request) => listResources(options, parse, request),
    all: () => allResources(options, parse),
    create: (resource, ...commit) => write(resource, { is: "absent" }, commit),
    upsert: (resource, ...commit) => write(resource, { is: "any" }, commit),
    update: (resource, ...commit) => write(resource, updateCondition(resource.Metadata?.Revision), commit),
    delete: (name, ...commit) => deleteResource(options, name, commit),
  };
}

/** The condition of an update, by the revision that it carries. */
export function updateCondition(revision: string | undefined): Condition {
  return revision === undefined || revision === ""
    ? { is: "present" }
    : { is: "at", revision: revision as Revision };
}

async function writeResource<D extends ResourceDesc>(
  { backend, desc, noun, keyOf }: ResourceStoreOptions<D>,
  resource: Resource<D>,
  condition: Condition,
  commit: WithCommit,
): Promise<Resource<D>> {
  const name = resource.Metadata?.Name ?? "";
  if (name === "") throw new AppError("BAD_PARAMETER", `the ${noun} needs a name: metadata.name is empty`);
  const written = clone<ResourceDesc>(desc, resource) as Resource<D>;
  const revision = newRevision<Revision>();
  if (written.Metadata !== undefined) {
    written.Metadata.Revision = revision;
    if (written.Metadata.Namespace === "") written.Metadata.Namespace = "default";
  }
  const value = toBinary<ResourceDesc>(desc, written);
  const put: Change = {
    op: "put",
    key: keyOf(name),
    value,
    revision,
    expiresAt: expiryOf(written.Metadata),
    condition,
  };
  const result = await backend.commit([put, ...commit]);
  if (!result.ok) throw conflict(noun, name, condition, result.index === 0, result.found);
  return written;
}

async function deleteResource<D extends ResourceDesc>(
  { backend, noun, keyOf }: ResourceStoreOptions<D>,
  name: string,
  commit: WithCommit,
): Promise<void> {
  const result = await backend.commit([
    { op: "delete", key: keyOf(name), condition: { is: "present" } },
    ...commit,
  ]);
  if (!result.ok) throw conflict(noun, name, { is: "present" }, result.index === 0, result.found);
}

/** The error for a write whose condition did not hold. */
function conflict(
  noun: string,
  name: string,
  condition: Condition,
  own: boolean,
  found: "absent" | "present",
): AppError {
  const what = `${noun} ${JSON.stringify(name)}`;
  if (!own) return new AppError("COMPARE_FAILED", `${what}: what it depends on changed in the meantime`);
  if (condition.is === "absent") return new AppError("ALREADY_EXISTS", `${what} exists already`);
  if (found === "absent") return new AppError("NOT_FOUND", `${what} is not there`);
  return new AppError(
    "COMPARE_FAILED",
    `${what} was changed by somebody else; read it again and repeat the change`,
  );
}

async function listResources<D extends ResourceDesc>(
  { backend, prefix, keyOf }: ResourceStoreOptions<D>,
  parse: (item: Item) => Resource<D>,
  request: { readonly limit: number; readonly startKey?: string | undefined },
): Promise<ResourcePage<D>> {
  const start = request.startKey ?? "";
  const after = start === "" ? undefined : keyOf(start);
  const page: Page = await backend.list({ prefix, after, limit: request.limit });
  const resources = page.items.map(parse);
  return { resources, nextKey: page.more ? (resources.at(-1)?.Metadata?.Name ?? "") : "" };
}

async function* allResources<D extends ResourceDesc>(
  { backend, prefix }: ResourceStoreOptions<D>,
  parse: (item: Item) => Resource<D>,
): AsyncGenerator<Resource<D>> {
  let after: Key | undefined;
  for (;;) {
    const page: Page = await backend.list({ prefix, after, limit: LIST_CHUNK });
    for (const item of page.items) yield parse(item);
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
  }
}
