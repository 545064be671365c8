import type { SshPublicKey } from "../keys/public-key.ts";
import { formatPublicKeyLine } from "../keys/public-key-line.ts";
import { SshError } from "../ssh-error.ts";

const hostPattern = /^[A-Za-z0-9*?][A-Za-z0-9.*?:_-]{0,254}$|^\[[A-Za-z0-9.*?:_-]{1,255}\]:[0-9]{1,5}$/;

/**
 * Line of a known_hosts file that trusts a CA for hosts: `@cert-authority a,*.a <type> <base64> <comment>`.
 *
 * @param patterns host patterns of sshd(8), such as `example.com` and `*.example.com`.
 * @throws SshError INVALID for a pattern or comment that would change the meaning of the line.
 */
export function formatKnownHostsAuthority(line: {
  readonly patterns: readonly string[];
  readonly publicKey: SshPublicKey;
  readonly comment?: string;
}): string {
  const wrong = line.patterns.find((pattern) => !hostPattern.test(pattern));
  if (line.patterns.length === 0 || wrong !== undefined) {
    throw new SshError("INVALID", `${JSON.stringify((wrong ?? "").slice(0, 64))} is not a host pattern`);
  }
  return `@cert-authority ${line.patterns.join(",")} ${formatPublicKeyLine(line.publicKey, line.comment)}`;
}

/**
 * Line of an authorized_keys file that trusts a CA for users: `cert-authority <type> <base64> <comment>`. For
 * sshd's TrustedUserCAKeys, use `formatPublicKeyLine`.
 */
export function formatUserAuthority(publicKey: SshPublicKey, comment?: string): string {
  return `cert-authority ${formatPublicKeyLine(publicKey, comment)}`;
}
