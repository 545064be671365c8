import { createHash } from "node:crypto";
import { fingerprint, type SshPublicKey } from "@sallyport/ssh";

/** As sshd writes it with `FingerprintHash md5`, and before 6.8, which left the name of the hash out. */
export const md5Pattern = "(?:MD5:)?[0-9a-f]{2}(?::[0-9a-f]{2}){15}";

/** The one form of a fingerprint that stands in a log. */
export const readLoggedFingerprint = (text: string): string =>
  /^[0-9a-f]{2}:/.test(text) ? `MD5:${text}` : text;

/** The inventory knows keys by their SHA-256 alone, so no key can be found there by its MD5. */
export const isMd5 = (logged: string): boolean => logged.startsWith("MD5:");

/**
 * Every form in which a log may name one of the keys, with its fingerprint. MD5 will do for that: nobody can make a key
 * with the MD5 of another one, only two of their own that agree.
 */
export function loggedForms(keys: readonly SshPublicKey[]): ReadonlyMap<string, string> {
  return new Map(keys.flatMap((key) => formsOf(key).map((form) => [form, fingerprint(key)] as const)));
}

function formsOf(key: SshPublicKey): readonly string[] {
  try {
    const octets = createHash("md5").update(key.blob).digest("hex").match(/../g) ?? [];
    return [fingerprint(key), `MD5:${octets.join(":")}`];
  } catch {
    // Where FIPS rules there is no MD5, and sshd has none either.
    return [fingerprint(key)];
  }
}
