import { AppError } from "@sallyport/api";
import type { AuditLogService } from "@sallyport/api/gen/teleport/auditlog/v1/auditlog_pb";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { AuditLog } from "./audit/index.ts";
import type { RpcPart, RpcTable } from "./rpc/index.ts";
import type { Backend } from "./storage/index.ts";

interface Deps {
  readonly backend: Backend;
  readonly audit: AuditLog;
}

const pending = (): never => {
  throw new AppError("NOT_IMPLEMENTED");
};
const access = { kind: "event", verbs: ["list", "read"] } as const;

export function eventRpcs(_: Deps): RpcPart<typeof AuthService, "getEvents" | "getSessionEvents" | "emitAuditEvent"> {
  return { getEvents: { access, handle: pending }, getSessionEvents: { access, handle: pending }, emitAuditEvent: { access, handle: pending } };
}

export function auditLogRpcs(_: Deps): RpcTable<typeof AuditLogService> {
  return { getUnstructuredEvents: { access, handle: pending } };
}
