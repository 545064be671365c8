import { clone, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { AppError } from "@sallyport/api";
import { giveWay } from "../kernel/give-way.ts";
import { newRevision } from "../kernel/ids.ts";
import { refuseBadValues } from "../rpc/index.ts";
import type { Backend, Change, Condition, Item, Key, Page, Revision } from "../storage/index.ts";
import { expiryIn, nameIn, revisionIn, setRevision, type WithMetadata } from "./metadata.ts";

/** A generated message that has the metadata every resource of the contract has. */
export type Resource = Message & WithMetadata;

export interface ResourceStoreOptions<M extends Resource> {
  readonly backend: Backend;
  readonly desc: GenMessage<M>;
  /** The word for people, for example "lock". */
  readonly noun: string;
  readonly prefix: Key;
  keyOf(name: string): Key;
  /** Where it is not stored as it is: the form that is stored, a copy; and what was read made readable, in place. */
  readonly stored?: { write(resource: M, at: Key): M; read(resource: M, at: Key): M } | undefined;
}

/** What else goes into the commit of a write: the audit entry, index keys, conditions on other keys. */
export type WithCommit = readonly Change[];

export interface ResourcePage<M extends Resource> {
  readonly resources: readonly M[];
  /** Name to go on after; "" when there is no more. */
  readonly nextKey: string;
}

/**
 * Resources of one kind, with the one rule on revisions: every write chooses a new one and carries it inside; an
 * upsert ignores the one it is sent; an update that carries one is conditional on it, an older update without one
 * requires existence; a create requires absence.
 */
export interface ResourceStore<M extends Resource> {
  get(name: string): Promise<M | undefined>;
  /** The resource; throws NOT_FOUND. */
  read(name: string): Promise<M>;
  list(options: { readonly limit: number; readonly startKey?: string | undefined }): Promise<ResourcePage<M>>;
  /** Every resource, page by page. */
  all(): AsyncGenerator<M>;
  create(resource: M, ...commit: WithCommit): Promise<M>;
  update(resource: M, ...commit: WithCommit): Promise<M>;
  upsert(resource: M, ...commit: WithCommit): Promise<M>;
  /** Throws NOT_FOUND where it is not there. */
  delete(name: string, ...commit: WithCommit): Promise<void>;
  /** Deletes the resource as it was read; throws COMPARE_FAILED where it was changed since. */
  remove(resource: M, ...commit: WithCommit): Promise<void>;
  parse(item: Item): M;
}

const LIST_CHUNK = 500;

export function createResourceStore<M extends Resource>(options: ResourceStoreOptions<M>): ResourceStore<M> {
  const { backend, desc, noun, keyOf, stored } = options;
  const parsed = new WeakMap<Item, M>();
  const parse = (item: Item): M => {
    let resource = parsed.get(item);
    if (resource === undefined) {
      resource = fromBinary(desc, item.value) as M;
      resource = stored?.read(resource, item.key) ?? resource;
      parsed.set(item, resource);
    }
    return resource;
  };
  const get = async (name: string) => {
    const item = await backend.get(keyOf(name));
    return item === undefined ? undefined : parse(item);
  };
  const write = (resource: M, condition: Condition, commit: WithCommit) =>
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
    update: (resource, ...commit) => write(resource, updateCondition(revisionIn(resource)), commit),
    delete: (name, ...commit) => deleteResource(options, name, { is: "present" }, commit),
    remove: (read, ...commit) =>
      deleteResource(options, nameIn(read), updateCondition(revisionIn(read)), commit),
  };
}

/** The condition of an update, by the revision that it carries. */
function updateCondition(revision: string | undefined): Condition {
  return revision === undefined || revision === ""
    ? { is: "present" }
    : { is: "at", revision: revision as Revision };
}

async function writeResource<M extends Resource>(
  { backend, desc, noun, keyOf, stored }: ResourceStoreOptions<M>,
  resource: M,
  condition: Condition,
  commit: WithCommit,
): Promise<M> {
  const name = nameIn(resource);
  if (name === "") throw new AppError("BAD_PARAMETER", `the ${noun} needs a name: metadata.name is empty`);
  refuseBadValues(desc, resource);
  const written = clone<DescMessage>(desc, resource) as M;
  const revision = newRevision<Revision>();
  setRevision(written, revision);
  if (written.Metadata?.Namespace === "") written.Metadata.Namespace = "default";
  const value = toBinary<DescMessage>(desc, stored?.write(written, keyOf(name)) ?? written);
  const put: Change = {
    op: "put",
    key: keyOf(name),
    value,
    revision,
    expiresAt: expiryIn(written),
    condition,
  };
  const result = await backend.commit([put, ...commit]);
  if (!result.ok) throw conflict(noun, name, condition, result.index === 0, result.found);
  return written;
}

async function deleteResource<M extends Resource>(
  { backend, noun, keyOf }: ResourceStoreOptions<M>,
  name: string,
  condition: Condition,
  commit: WithCommit,
): Promise<void> {
  const result = await backend.commit([{ op: "delete", key: keyOf(name), condition }, ...commit]);
  if (!result.ok) throw conflict(noun, name, condition, result.index === 0, result.found);
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

async function listResources<M extends Resource>(
  { backend, prefix, keyOf }: ResourceStoreOptions<M>,
  parse: (item: Item) => M,
  request: { readonly limit: number; readonly startKey?: string | undefined },
): Promise<ResourcePage<M>> {
  const start = request.startKey ?? "";
  const after = start === "" ? undefined : keyOf(start);
  const page: Page = await backend.list({ prefix, after, limit: request.limit });
  const resources = page.items.map(parse);
  return { resources, nextKey: page.more ? nameIn(resources.at(-1) ?? {}) : "" };
}

async function* allResources<M extends Resource>(
  { backend, prefix }: ResourceStoreOptions<M>,
  parse: (item: Item) => M,
): AsyncGenerator<M> {
  let after: Key | undefined;
  for (;;) {
    const page: Page = await backend.list({ prefix, after, limit: LIST_CHUNK });
    for (const item of page.items) yield parse(item);
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
    await giveWay();
  }
}
