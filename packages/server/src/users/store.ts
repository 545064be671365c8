import { toBinary } from "@bufbuild/protobuf";
import { type UserV2, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { createResourceStore, type ResourceStore, ruleSubject } from "../resources/index.ts";
import { type RuleSubject, readTime } from "../rpc/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";
import { BOT_LABEL, type User, type UserOrigin } from "./user.ts";

export const usersPrefix = prefix("users");
const userKey = (name: string) => key("users", name, "params");

/** Stored users: `/users/<name>/params`, without secrets. */
export interface UserStore {
  readonly resources: ResourceStore<UserV2>;
  get(name: string): Promise<User | undefined>;
  /** The first few users that hold the role. */
  holdersOf(role: string): Promise<readonly string[]>;
  /** The user as the `where` of a rule sees it. */
  subject(name: string): Promise<RuleSubject | undefined>;
}

const FEW = 5;

export function createUserStore(backend: Backend): UserStore {
  const resources = createResourceStore({
    backend,
    desc: UserV2Schema,
    noun: "user",
    prefix: usersPrefix,
    keyOf: userKey,
  });
  return {
    resources,
    get: async (name) => {
      const message = await resources.get(name);
      return message === undefined ? undefined : userOf(message);
    },
    subject: async (name) => {
      const message = await resources.get(name);
      return message && ruleSubject(UserV2Schema, message);
    },
    holdersOf: async (role) => {
      const holders: string[] = [];
      for await (const message of resources.all()) {
        const user = userOf(message);
        if (user.roles.includes(role)) holders.push(user.name);
        if (holders.length === FEW) break;
      }
      return holders;
    },
  };
}

const nouns = new WeakMap<UserV2, User>();

/** The noun of a stored user; the same one for as long as the store hands out the same message. */
export function userOf(message: UserV2): User {
  let user = nouns.get(message);
  if (user === undefined) {
    user = readUser(message);
    nouns.set(message, user);
  }
  return user;
}

/** The noun of a message. */
export function readUser({ Metadata: metadata, Spec: spec }: UserV2): User {
  const traits = Object.entries(spec?.Traits?.Values ?? {}).map(([name, list]) => [name, list.Values]);
  return {
    name: metadata?.Name ?? "",
    roles: spec?.Roles ?? [],
    traits: Object.fromEntries(traits),
    labels: { ...metadata?.Labels },
    expiresAt: readTime(metadata?.Expires),
    revision: metadata?.Revision ?? "",
    origin: originOf(spec),
    botName: metadata?.Labels[BOT_LABEL] ?? "",
  };
}

function originOf(spec: UserV2["Spec"]): UserOrigin {
  const connector = spec?.CreatedBy?.Connector;
  if (connector !== undefined && connector.ID !== "") return { kind: "sso", connector: connector.ID };
  const identities = [spec?.OIDCIdentities, spec?.SAMLIdentities, spec?.GithubIdentities];
  const first = identities.flatMap((list) => list ?? [])[0];
  return first === undefined ? { kind: "local" } : { kind: "sso", connector: first.ConnectorID };
}

const encodings = new WeakMap<UserV2, Uint8Array>();

export function encodeUser(message: UserV2): Uint8Array {
  let bytes = encodings.get(message);
  if (bytes === undefined) {
    bytes = toBinary(UserV2Schema, message);
    encodings.set(message, bytes);
  }
  return bytes;
}
