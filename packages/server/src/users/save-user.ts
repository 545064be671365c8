import { AppError } from "@sallyport/api";
import { type UserV2, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { AuditEntry } from "../audit/index.ts";
import { deleteStored, ruleSubject, writeOverStored } from "../resources/index.ts";
import type { Call, Verb, Verdict } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import { acceptUser, fillCreatedBy } from "./accept-user.ts";
import { userCreated, userDeleted, userUpdated } from "./events.ts";
import type { UserStore } from "./store.ts";
import type { UserTokens } from "./tokens/store.ts";

export interface UserDeps {
  readonly users: UserStore;
  readonly tokens: UserTokens;
  readonly clusterName: string;
  auditChange(entry: AuditEntry): Change;
}

/** Makes a user that did not exist. */
export async function createUser(deps: UserDeps, sent: UserV2 | undefined, call: Call): Promise<UserV2> {
  const { message, user } = acceptUser(sent, deps.clusterName);
  demandOnUser(call, ["create"], message);
  fillCreatedBy(message, undefined, call.caller.name, call.now);
  return deps.users.resources.create(message, deps.auditChange(userCreated(user, call)));
}

/** Changes a user that exists; one that carries a revision must still be at it. */
export async function updateUser(deps: UserDeps, sent: UserV2 | undefined, call: Call): Promise<UserV2> {
  const { message, user } = acceptUser(sent, deps.clusterName);
  const look = async () => {
    const stored = await demandOnStored(deps, call, ["update"], message);
    if (stored === undefined) throw userNotFound(user.name);
    fillCreatedBy(message, stored, call.caller.name, call.now);
    return { stored, commit: [deps.auditChange(userUpdated(user, call))] };
  };
  if (message.Metadata?.Revision === "") return writeOverStored(deps.users.resources, message, look);
  return deps.users.resources.update(message, ...(await look()).commit);
}

/** Writes a user whatever was there before. */
export async function upsertUser(deps: UserDeps, sent: UserV2 | undefined, call: Call): Promise<UserV2> {
  const { message, user } = acceptUser(sent, deps.clusterName);
  return writeOverStored(deps.users.resources, message, async () => {
    const stored = await demandOnStored(deps, call, ["create", "update"], message);
    fillCreatedBy(message, stored, call.caller.name, call.now);
    const entry = stored === undefined ? userCreated(user, call) : userUpdated(user, call);
    return { stored, commit: [deps.auditChange(entry)] };
  });
}

/** Deletes a user with their open invitations and resets. Locks on the name stay. */
export async function deleteUser(deps: UserDeps, name: string, call: Call): Promise<void> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the user is missing");
  await deleteStored(deps.users.resources, async () => {
    const stored = await deps.users.resources.get(name);
    demandOnUser(call, ["delete"], stored);
    if (stored === undefined) throw userNotFound(name);
    const tokens = await deps.tokens.deletionsFor(name);
    return { stored, commit: [...tokens, deps.auditChange(userDeleted(name, call))] };
  });
}

const userNotFound = (name: string) => new AppError("NOT_FOUND", `user ${JSON.stringify(name)} is not there`);

/** Both what is there and what it becomes must be within the caller's rules. */
async function demandOnStored(
  deps: UserDeps,
  call: Call,
  verbs: readonly Verb[],
  message: UserV2,
): Promise<UserV2 | undefined> {
  demandOnUser(call, verbs, message);
  const stored = await deps.users.resources.get(message.Metadata?.Name ?? "");
  if (stored !== undefined) demandOnUser(call, verbs, stored);
  return stored;
}

/** Refuses what the caller's rules do not allow on this very user. */
export function demandOnUser(call: Call, verbs: readonly Verb[], message: UserV2 | undefined): void {
  const verdict = judge(call, verbs, message);
  if (verdict.allow) return;
  const what = verbs.includes("list") ? "list users" : `${verbs.join(" and ")} the user`;
  throw new AppError("ACCESS_DENIED", `access denied to ${what}`, { cause: verdict.because });
}

export function mayOnUser(call: Call, verbs: readonly Verb[], message: UserV2 | undefined): boolean {
  return judge(call, verbs, message).allow;
}

function judge(call: Call, verbs: readonly Verb[], message: UserV2 | undefined): Verdict {
  const subject = message && ruleSubject(UserV2Schema, message);
  return call.caller.permissions.check("user", verbs, subject);
}
