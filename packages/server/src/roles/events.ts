import type { AuditEntry } from "../audit/index.ts";
import { auditTime, type Call, callerFields } from "../rpc/index.ts";

const entry =
  (event: string, code: string) =>
  (role: { readonly name: string; readonly expiresAt?: number | undefined }, call: Call): AuditEntry => ({
    event,
    code,
    name: role.name,
    expires: auditTime(role.expiresAt),
    ...callerFields(call),
    success: true,
  });

export const roleCreated = entry("role.created", "T9000I");
export const roleDeleted = entry("role.deleted", "T9001I");
export const roleUpdated = entry("role.updated", "T9002I");
