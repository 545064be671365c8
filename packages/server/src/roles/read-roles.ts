import { AppError } from "@sallyport/api";
import { type RoleV6, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { giveWay } from "../kernel/give-way.ts";
import { ruleSubject } from "../resources/index.ts";
import { type Call, MAX_PAGE_BYTES } from "../rpc/index.ts";
import { RESOURCE_TYPE_LABEL } from "./preset-roles.ts";
import type { RoleDeps } from "./save-role.ts";
import { encodeRole } from "./store.ts";
import { readerAge } from "./wire/downgrade.ts";

const DEFAULT_PAGE = 1000;
const MAX_PAGE = 16_000;
const SCAN_CHUNK = 500;

export interface RoleListing {
  readonly limit: number;
  readonly startKey: string;
  /** All of them, in any letter case, must be found in name, description or labels. */
  readonly keywords: readonly string[];
  readonly skipSystemRoles: boolean;
}

/** One role. People may read the roles that they hold; what they may not read looks as if it were not there. */
export async function getRole(deps: RoleDeps, name: string, call: Call): Promise<Uint8Array> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the role is missing");
  const age = readerAge(call.clientVersion);
  const message = await deps.roles.resources.get(name);
  const holds = call.caller.kind === "user" && call.caller.roles.includes(name);
  if (!holds && !mayRead(call, message, ["read"])) {
    throw new AppError("ACCESS_DENIED", `access denied to read the role ${JSON.stringify(name)}`);
  }
  if (message === undefined) throw new AppError("NOT_FOUND", `role ${JSON.stringify(name)} is not there`);
  return encodeRole(message, age);
}

/** A page of the roles that the caller may read, encoded for the caller's version. */
export async function listRoles(
  deps: RoleDeps,
  listing: RoleListing,
  call: Call,
): Promise<{ readonly items: readonly Uint8Array[]; readonly nextKey: string }> {
  const limit = pageLimit(listing.limit);
  // Who has no rule at all is told so before anything is read.
  if (!call.caller.permissions.mayEver("role", ["list", "read"])) return nothing(listing, call);
  const age = readerAge(call.clientVersion);
  const items: Uint8Array[] = [];
  let bytes = 0;
  let nextKey = listing.startKey;
  for await (const message of rolesAfter(deps, listing.startKey, limit, call.signal)) {
    if (matches(message, listing) && mayRead(call, message, ["list", "read"])) {
      const item = encodeRole(message, age);
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
function nothing({ startKey }: RoleListing, call: Call) {
  if (startKey === "" && !call.caller.permissions.check("role", ["list", "read"]).allow) {
    throw new AppError("ACCESS_DENIED", "access denied to list roles");
  }
  return { items: [], nextKey: "" };
}

async function* rolesAfter(
  deps: RoleDeps,
  name: string,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<RoleV6> {
  let startKey = name;
  do {
    signal.throwIfAborted();
    const page = await deps.roles.resources.list({ limit: Math.min(limit + 1, SCAN_CHUNK), startKey });
    yield* page.resources;
    startKey = page.nextKey;
    if (startKey !== "") await giveWay();
  } while (startKey !== "");
}

/** The roles that the caller's certificate names, without those that are gone. */
export async function* currentRoles(deps: RoleDeps, call: Call): AsyncGenerator<Uint8Array> {
  if (call.caller.kind !== "user") throw new AppError("ACCESS_DENIED", "only users have roles of this kind");
  const age = readerAge(call.clientVersion);
  for (const name of call.caller.roles) {
    const message = await deps.roles.resources.get(name);
    if (message !== undefined) yield encodeRole(message, age);
  }
}

function mayRead(call: Call, message: RoleV6 | undefined, verbs: readonly ("list" | "read")[]): boolean {
  const subject = message && ruleSubject(RoleV6Schema, message);
  return call.caller.permissions.check("role", verbs, subject).allow;
}

function pageLimit(limit: number): number {
  if (limit > MAX_PAGE) throw new AppError("BAD_PARAMETER", `a page has at most ${MAX_PAGE} roles`);
  return limit <= 0 ? DEFAULT_PAGE : limit;
}

function matches(message: RoleV6, listing: RoleListing): boolean {
  const { Name: name = "", Description: description = "", Labels: labels = {} } = message.Metadata ?? {};
  if (listing.skipSystemRoles && labels[RESOURCE_TYPE_LABEL] === "system") return false;
  if (listing.keywords.length === 0) return true;
  const texts = [name, description, ...Object.entries(labels).flat()].map((text) => text.toLowerCase());
  return listing.keywords.every((word) => texts.some((text) => text.includes(word.toLowerCase())));
}
