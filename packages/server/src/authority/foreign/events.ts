import type { AuditEntry } from "../../audit/index.ts";
import { type Call, callerFields } from "../../rpc/index.ts";
import type { CaType } from "../ca-types.ts";

/** The wire contract has no such events, so types and codes are ours. */
const entry =
  (event: string, code: string) =>
  (type: CaType, cluster: string, call: Call): AuditEntry => ({
    event,
    code,
    ca_type: type,
    name: cluster,
    success: true,
    ...callerFields(call),
  });

/** The authority of another cluster was written: whom of that cluster we believe has changed. */
export const foreignAuthorityWritten = entry("cert_authority.update", "TCAR002I");
export const foreignAuthorityDeleted = entry("cert_authority.delete", "TCAR003I");
