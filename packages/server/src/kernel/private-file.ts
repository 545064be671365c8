import type { Stats } from "node:fs";

const OTHERS = 0o077;
const ROOT = 0;

/**
 * Why a file of secrets is not this user's alone, with how to mend it; undefined where it is. Another owner knows the
 * secret and can put a different one in its place at any time. Root can do both anyway.
 */
export function whyNotPrivate(
  path: string,
  { uid, mode }: Pick<Stats, "uid" | "mode">,
  ownUid: number | undefined = process.geteuid?.(),
): string | undefined {
  if (ownUid !== undefined && uid !== ownUid && uid !== ROOT) {
    return `belongs to another user (uid ${uid}, and this is uid ${ownUid}): chown ${ownUid} ${path}`;
  }
  const bits = mode & 0o777;
  if ((bits & OTHERS) === 0) return undefined;
  return `can be read by others (mode ${bits.toString(8)}): chmod 600 ${path}`;
}
