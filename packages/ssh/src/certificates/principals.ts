import { SshError } from "../ssh-error.ts";

/** What a certificate is for. */
export type CertificateUse = "user" | "host";

// Allow-lists. A comma splits principals in some readers (CVE-2026-35414), `*`, `?` and `!` are patterns in others,
// and white space or control characters end a line; none of them is here. Hosts take colons for IPv6 addresses, and
// accounts of machines in a Windows domain end with a dollar sign.
const allowed: Readonly<Record<CertificateUse, RegExp>> = {
  user: /^[A-Za-z0-9._@+\\-]{1,254}(?:\$|[A-Za-z0-9._@+\\-])?$/,
  host: /^[A-Za-z0-9._:-]{1,255}$/,
};

// The most that OpenSSH reads (SSHKEY_CERT_MAX_PRINCIPALS).
const maxPrincipals = 256;

/** True where a certificate for this use may name the principal. */
export function isPrincipal(principal: string, use: CertificateUse): boolean {
  return allowed[use].test(principal);
}

/**
 * Refuses principals that a certificate must not have. None at all is refused too: some servers read that as
 * "anyone" (CVE-2024-7594).
 *
 * @throws SshError INVALID
 */
export function checkPrincipals(principals: readonly string[], use: CertificateUse): void {
  if (principals.length === 0)
    throw new SshError("INVALID", "a certificate without principals is never signed");
  if (principals.length > maxPrincipals) {
    throw new SshError(
      "INVALID",
      `${principals.length} principals are too many; ${maxPrincipals} is the limit`,
    );
  }
  const wrong = principals.find((one) => !isPrincipal(one, use));
  if (wrong === undefined) return;
  const shown = JSON.stringify(wrong.slice(0, 64));
  throw new SshError(
    "INVALID",
    `the ${use} principal ${shown} is empty, too long or has a forbidden character`,
  );
}
