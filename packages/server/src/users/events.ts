import type { AuditEntry } from "../audit/index.ts";
import { auditTime, type Call, callerFields } from "../rpc/index.ts";
import type { User } from "./user.ts";

const written =
  (event: string, code: string) =>
  (user: User, call: Call): AuditEntry => ({
    event,
    code,
    name: user.name,
    expires: auditTime(user.expiresAt),
    roles: user.roles,
    connector: user.origin.kind === "local" ? "local" : user.origin.connector,
    ...callerFields(call),
    success: true,
  });

export const userCreated = written("user.create", "T1002I");
export const userUpdated = written("user.update", "T1003I");

export function userDeleted(name: string, call: Call): AuditEntry {
  return { event: "user.delete", code: "T1004I", name, ...callerFields(call), success: true };
}

/** Never with the token itself, which is a secret. */
export function resetTokenCreated(user: string, ttl: string, expiresAt: number, call: Call): AuditEntry {
  return {
    event: "reset_password_token.create",
    code: "T6000I",
    name: user,
    ttl,
    expires: auditTime(expiresAt),
    ...callerFields(call),
    success: true,
  };
}
