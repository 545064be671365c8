import { clone } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { type RoleV6, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { AuditEntry } from "../audit/index.ts";
import { deleteStored, ruleSubject, writeOverStored } from "../resources/index.ts";
import type { Call, Verb } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import { roleCreated, roleDeleted, roleUpdated } from "./events.ts";
import type { Role } from "./role.ts";
import { type RoleStore, roleOf } from "./store.ts";
import { validateRole } from "./validate-role.ts";
import { checkWireRole } from "./wire/check-wire-role.ts";
import { fillDefaults } from "./wire/fill-defaults.ts";
import { readRole } from "./wire/read-role.ts";

export interface RoleDeps {
  readonly roles: RoleStore;
  auditChange(entry: AuditEntry): Change;
  /** Names of users that hold the role, a few of them at most. */
  holdersOf(role: string): Promise<readonly string[]>;
}

/** Makes a role that did not exist. */
export async function createRole(deps: RoleDeps, sent: RoleV6 | undefined, call: Call): Promise<RoleV6> {
  const { message, role } = acceptRole(sent);
  demandOnRole(call, ["create"], message);
  return deps.roles.resources.create(message, deps.auditChange(roleCreated(role, call)));
}

/** Changes a role that exists; one that carries a revision must still be at it. */
export async function updateRole(deps: RoleDeps, sent: RoleV6 | undefined, call: Call): Promise<RoleV6> {
  const { message, role } = acceptRole(sent);
  const look = async () => {
    const stored = await demandOnStored(deps, call, ["update"], message);
    if (stored === undefined) throw roleNotFound(role.name);
    return { stored, commit: [deps.auditChange(roleUpdated(role, call))] };
  };
  if (message.Metadata?.Revision === "") return writeOverStored(deps.roles.resources, message, look);
  return deps.roles.resources.update(message, ...(await look()).commit);
}

/** Writes a role whatever was there before. */
export async function upsertRole(deps: RoleDeps, sent: RoleV6 | undefined, call: Call): Promise<RoleV6> {
  const { message, role } = acceptRole(sent);
  return writeOverStored(deps.roles.resources, message, async () => {
    const stored = await demandOnStored(deps, call, ["create", "update"], message);
    const entry = stored === undefined ? roleCreated(role, call) : roleUpdated(role, call);
    return { stored, commit: [deps.auditChange(entry)] };
  });
}

/** Deletes a role that nobody holds. */
export async function deleteRole(deps: RoleDeps, name: string, call: Call): Promise<void> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the role is missing");
  await refuseInUse(deps, name, call);
  await deleteStored(deps.roles.resources, async () => {
    const stored = await deletable(deps, name, call);
    return { stored, commit: [deps.auditChange(roleDeleted(roleOf(stored), call))] };
  });
}

async function deletable(deps: RoleDeps, name: string, call: Call): Promise<RoleV6> {
  const stored = await deps.roles.resources.get(name);
  demandOnRole(call, ["delete"], stored);
  if (stored === undefined) throw roleNotFound(name);
  return stored;
}

async function refuseInUse(deps: RoleDeps, name: string, call: Call): Promise<void> {
  await deletable(deps, name, call);
  const holders = await deps.holdersOf(name);
  if (holders.length > 0) {
    throw new AppError(
      "BAD_PARAMETER",
      `role ${JSON.stringify(name)} is in use by ${holders.join(", ")}; take it away from them first`,
    );
  }
}

const roleNotFound = (name: string) => new AppError("NOT_FOUND", `role ${JSON.stringify(name)} is not there`);

/** A copy of what was sent, complete and checked. */
export function acceptRole(sent: RoleV6 | undefined): { readonly message: RoleV6; readonly role: Role } {
  if (sent === undefined) throw new AppError("BAD_PARAMETER", "the role is missing");
  const message = clone(RoleV6Schema, sent);
  fillDefaults(message);
  checkWireRole(message);
  const role = readRole(message);
  validateRole(role);
  return { message, role };
}

/** Both what is there and what it becomes must be within the caller's rules, so that a `where` cannot be left. */
async function demandOnStored(
  deps: RoleDeps,
  call: Call,
  verbs: readonly Verb[],
  message: RoleV6,
): Promise<RoleV6 | undefined> {
  demandOnRole(call, verbs, message);
  const stored = await deps.roles.resources.get(message.Metadata?.Name ?? "");
  if (stored !== undefined) demandOnRole(call, verbs, stored);
  return stored;
}

/** Refuses what the caller's rules do not allow on this very role. */
function demandOnRole(call: Call, verbs: readonly Verb[], message: RoleV6 | undefined): void {
  const subject = message && ruleSubject(RoleV6Schema, message);
  const verdict = call.caller.permissions.check("role", verbs, subject);
  if (verdict.allow) return;
  throw new AppError("ACCESS_DENIED", `access denied to ${verbs.join(" and ")} the role`, {
    cause: verdict.because,
  });
}
