import type { Call } from "./table.ts";

/** Numbers of the wire's UserKind. */
const HUMAN = 1;
const BOT = 2;
const SYSTEM = 3;

/** The fields of an audit entry that say who acted and from where. Those that are empty are left out. */
export function callerFields({ caller, remoteAddress }: Pick<Call, "caller" | "remoteAddress">) {
  const identity = caller.identity;
  const fields: Record<string, unknown> = { user: caller.name, user_kind: kindOf(caller) };
  if (caller.origin !== undefined) fields.user_cluster_name = caller.origin.cluster;
  if (identity !== undefined && identity.impersonator !== "") fields.impersonator = identity.impersonator;
  if (identity !== undefined && identity.activeRequests.length > 0) {
    fields.access_requests = identity.activeRequests;
  }
  if (identity !== undefined && identity.botName !== "") fields.bot_name = identity.botName;
  if (identity !== undefined && identity.botInstanceId !== "")
    fields.bot_instance_id = identity.botInstanceId;
  if (remoteAddress !== "") fields["addr.remote"] = remoteAddress;
  return fields;
}

function kindOf(caller: Call["caller"]): number {
  if (caller.kind === "system") return SYSTEM;
  return caller.identity !== undefined && caller.identity.botName !== "" ? BOT : HUMAN;
}

/** How the wire writes an instant that may be missing. */
export const auditTime = (at: number | undefined): string =>
  at === undefined ? "0001-01-01T00:00:00Z" : new Date(at).toISOString();
