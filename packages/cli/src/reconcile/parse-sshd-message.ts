import { isIP } from "node:net";
import { md5Pattern, readLoggedFingerprint } from "./fingerprint-forms.ts";
import type { Login } from "./login.ts";

/** What a message of sshd tells; the line that it stood in adds time and host. */
export type SshdLogin = Omit<Login, "at" | "host">;

const begin = "Accepted publickey for ";
const key = `(SHA256:[A-Za-z0-9+/]{43}|${md5Pattern})=?`;
const accepted = new RegExp(
  `^Accepted publickey for (.{1,256}?) from (\\S{1,255}) port \\d{1,5} ssh2: \\S{1,64}(?: ${key})?(?: (ID .*))?$`,
);

/**
 * The key id is whatever the authority of a certificate wrote into it, and that may be somebody's own authority: it can
 * look like the rest of the line. So the serial number and the authority are the last ones of the line, which sshd
 * itself wrote, and the address is the first one, which stands before any key id.
 */
const certified = new RegExp(`^ID (.*) \\(serial (\\d{1,20})\\) CA \\S{1,64} ${key}$`);

/** Whether the message says that a key was accepted; then it should also be readable. */
export const tellsLogin = (message: string): boolean => message.startsWith(begin);

/** The login that a message of sshd tells; undefined for one that is not of the form that sshd writes. */
export function parseSshdMessage(message: string): SshdLogin | undefined {
  const [, account = "", address = "", logged = "", rest] = accepted.exec(message) ?? [];
  const fingerprint = readLoggedFingerprint(logged);
  if (account === "" || isIP(address.replace(/%.*$/, "")) === 0) return undefined;
  const login = { account, address: plainAddress(address), fingerprint, certificate: undefined };
  // OpenSSH up to 7 names no key beside a certificate, and every version names a key that stands alone.
  if (rest === undefined) return fingerprint === "" ? undefined : login;
  const [whole, keyId = "", serial = "", authority = ""] = certified.exec(rest) ?? [];
  return whole === undefined
    ? undefined
    : { ...login, certificate: { keyId, serial, authority: readLoggedFingerprint(authority) } };
}

/** IPv4 addresses that came over an IPv6 socket are IPv4 addresses. */
export function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "");
}
