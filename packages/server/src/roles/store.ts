import { toBinary } from "@bufbuild/protobuf";
import { type RoleV6, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { createResourceStore, type ResourceStore, ruleSubject } from "../resources/index.ts";
import type { RuleSubject } from "../rpc/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";
import type { Role } from "./role.ts";
import { downgradeRole, type ReaderAge } from "./wire/downgrade.ts";
import { fillDefaults } from "./wire/fill-defaults.ts";
import { readRole } from "./wire/read-role.ts";

export const rolesPrefix = prefix("roles");
export const roleKey = (name: string) => key("roles", name, "params");

/** Stored roles: `/roles/<name>/params`, as the message that was sent, with the defaults of its version. */
export interface RoleStore {
  readonly resources: ResourceStore<RoleV6>;
  get(name: string): Promise<Role | undefined>;
  /** Those of the names that exist, in that order, and the names that do not. */
  getAll(names: readonly string[]): Promise<{ roles: readonly Role[]; missing: readonly string[] }>;
  all(): AsyncGenerator<Role>;
  /** The role as the `where` of a rule sees it. */
  subject(name: string): Promise<RuleSubject | undefined>;
}

export function createRoleStore(backend: Backend): RoleStore {
  const resources = createResourceStore({
    backend,
    desc: RoleV6Schema,
    noun: "role",
    prefix: rolesPrefix,
    keyOf: roleKey,
  });
  const get = async (name: string) => {
    const message = await resources.get(name);
    return message === undefined ? undefined : roleOf(message);
  };
  return {
    resources,
    get,
    getAll: async (names) => {
      const found = await Promise.all(names.map(get));
      return {
        roles: found.filter((role) => role !== undefined),
        missing: names.filter((_, index) => found[index] === undefined),
      };
    },
    subject: async (name) => {
      const message = await resources.get(name);
      return message && ruleSubject(RoleV6Schema, message);
    },
    async *all() {
      for await (const message of resources.all()) yield roleOf(message);
    },
  };
}

const nouns = new WeakMap<RoleV6, Role>();

/** The noun of a stored role; the same one for as long as the store hands out the same message. */
export function roleOf(message: RoleV6): Role {
  let role = nouns.get(message);
  if (role === undefined) {
    fillDefaults(message);
    role = readRole(message);
    nouns.set(message, role);
  }
  return role;
}

const encodings = new WeakMap<RoleV6, Map<ReaderAge, Uint8Array>>();

/** The role for a reader of that age, encoded once. */
export function encodeRole(message: RoleV6, age: ReaderAge): Uint8Array {
  let byAge = encodings.get(message);
  if (byAge === undefined) {
    byAge = new Map();
    encodings.set(message, byAge);
  }
  let bytes = byAge.get(age);
  if (bytes === undefined) {
    bytes = toBinary(RoleV6Schema, downgradeRole(message, age));
    byAge.set(age, bytes);
  }
  return bytes;
}
