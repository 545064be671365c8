import type { AuditEntry } from "../audit/index.ts";
import { type Call, callerFields } from "../rpc/index.ts";
import type { RevocableParts } from "./certificate.ts";
import type { RevocationGround } from "./revocation.ts";

/** Certificates or a key were revoked. The wire contract has no such event, so type and code are ours. */
export function certificatesRevoked(
  ground: RevocationGround,
  certificates: readonly RevocableParts[],
  key: string | undefined,
  call: Call,
): AuditEntry {
  return {
    event: "certificate.revoke",
    code: "SCR001I",
    ...callerFields(call),
    success: true,
    reason: ground.reason,
    selector: ground.selector,
    certificates: certificates.map(({ id, ssh, x509 }) => ({
      id,
      ...(ssh === undefined ? {} : { ssh_serial: String(ssh.serial) }),
      ...(x509 === undefined ? {} : { x509_serial: x509.serial }),
    })),
    ...(key === undefined ? {} : { fingerprint: key }),
  };
}
