import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { type UserV2, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { StringValuesSchema } from "@sallyport/api/gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { giveWay } from "../kernel/give-way.ts";
import { type Call, isAdmin, MAX_PAGE_BYTES } from "../rpc/index.ts";
import { demandOnUser, mayOnUser, type UserDeps } from "./save-user.ts";
import { encodeUser } from "./store.ts";

/** What a page has where nothing is said, and at most: whoever asks for more goes on after it. */
const MAX_PAGE = 1000;
const SCAN_CHUNK = 500;

export interface UserListing {
  readonly limit: number;
  readonly startKey: string;
  readonly withSecrets: boolean;
  /** All of them, in any letter case, must be found in name, roles or traits. */
  readonly keywords: readonly string[];
}

/** One user. Everybody may read their own record; who may create users may read them all. */
export async function getUser(
  deps: UserDeps,
  name: string,
  withSecrets: boolean,
  call: Call,
): Promise<UserV2> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the user is missing");
  demandSecrets(withSecrets, call);
  const stored = await deps.users.resources.get(name);
  const isOwn = call.caller.kind === "user" && call.caller.name === name;
  if (!isOwn && !mayOnUser(call, ["create"], stored)) demandOnUser(call, ["read"], stored);
  if (stored === undefined) throw new AppError("NOT_FOUND", `user ${JSON.stringify(name)} is not there`);
  return stored;
}

/** The caller's own record. */
export async function getCurrentUser(deps: UserDeps, call: Call): Promise<UserV2> {
  if (call.caller.kind !== "user") throw new AppError("BAD_PARAMETER", "the caller is not a user");
  return call.caller.origin === undefined
    ? getUser(deps, call.caller.name, false, call)
    : userOfAnotherCluster(call.caller);
}

/** Such a user is not stored: this is what the map made of their certificate. */
function userOfAnotherCluster({ name, roles, traits }: Call["caller"]): UserV2 {
  const values = Object.entries(traits).map(([trait, list]) => [
    trait,
    create(StringValuesSchema, { Values: [...list] }),
  ]);
  return create(UserV2Schema, {
    Kind: "user",
    Version: "v2",
    Metadata: { Name: name, Namespace: "default" },
    Spec: { Roles: [...roles], Traits: { Values: Object.fromEntries(values) } },
  });
}

/** A page of the users that the caller may read. */
export async function listUsers(
  deps: UserDeps,
  listing: UserListing,
  call: Call,
): Promise<{ readonly items: readonly Uint8Array[]; readonly nextKey: string }> {
  demandSecrets(listing.withSecrets, call);
  // Who has no rule at all is told so before anything is read.
  if (!call.caller.permissions.mayEver("user", ["list", "read"])) return nothing(listing, call);
  const limit = listing.limit <= 0 ? MAX_PAGE : Math.min(listing.limit, MAX_PAGE);
  const items: Uint8Array[] = [];
  let bytes = 0;
  let nextKey = listing.startKey;
  for await (const message of usersAfter(deps, listing.startKey, limit, call.signal)) {
    if (matches(message, listing.keywords) && mayOnUser(call, ["list", "read"], message)) {
      const item = encodeUser(message);
      bytes += item.length;
      const isFull = items.length === limit || (items.length > 0 && bytes > MAX_PAGE_BYTES);
      if (isFull) return { items, nextKey };
      items.push(item);
    }
    nextKey = message.Metadata?.Name ?? "";
  }
  return items.length === 0 ? nothing(listing, call) : { items, nextKey: "" };
}

/** Only who may list is told that there is none. A later page without any is no more than the end. */
function nothing({ startKey }: UserListing, call: Call) {
  if (startKey === "") demandOnUser(call, ["list", "read"], undefined);
  return { items: [], nextKey: "" };
}

async function* usersAfter(
  deps: UserDeps,
  name: string,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<UserV2> {
  let startKey = name;
  do {
    signal.throwIfAborted();
    const page = await deps.users.resources.list({ limit: Math.min(limit + 1, SCAN_CHUNK), startKey });
    yield* page.resources;
    startKey = page.nextKey;
    if (startKey !== "") await giveWay();
  } while (startKey !== "");
}

function demandSecrets(withSecrets: boolean, call: Call): void {
  if (withSecrets && !isAdmin(call.caller)) {
    throw new AppError("ACCESS_DENIED", "access denied to the secrets of users");
  }
}

function matches({ Metadata: metadata, Spec: spec }: UserV2, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return true;
  const traits = Object.entries(spec?.Traits?.Values ?? {}).flatMap(([name, list]) => [name, ...list.Values]);
  const texts = [metadata?.Name ?? "", ...(spec?.Roles ?? []), ...traits].map((text) => text.toLowerCase());
  return keywords.every((word) => texts.some((text) => text.includes(word.toLowerCase())));
}
