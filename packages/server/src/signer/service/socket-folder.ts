import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "@sallyport/api";

const ROOT = 0;
const OTHERS = 0o007;
const GROUP_WRITES = 0o020;

/**
 * Why a folder is no place for the socket; undefined where it is one. Its owner decides who listens there, so that must be
 * root, this user, or the one that the signer runs as; others may not even look for it.
 */
export function whyNotClosed(
  path: string,
  { uid, mode }: Pick<Stats, "uid" | "mode">,
  owners: readonly number[] | undefined,
): string | undefined {
  const bits = mode & 0o777;
  if ((bits & (OTHERS | GROUP_WRITES)) !== 0) {
    return `${path} is open to others (mode ${bits.toString(8)}): chmod 750 ${path}`;
  }
  if (owners === undefined || uid === ROOT || owners.includes(uid)) return undefined;
  return `${path} belongs to another user (uid ${uid})`;
}

/** Throws BAD_PARAMETER where the folder of a socket is no place for it. */
export function checkSocketFolder(socketPath: string, owners?: readonly number[]): void {
  const folder = dirname(socketPath);
  const why = whyNotClosed(folder, stats(folder), owners);
  if (why !== undefined) throw new AppError("BAD_PARAMETER", `the folder of the signer's socket ${why}`);
}

function stats(folder: string): Stats {
  try {
    return statSync(folder);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    const hint = `Make it for the user of the signer, with the group of the daemon: mode 0750.`;
    throw new AppError(
      "BAD_PARAMETER",
      `the folder of the signer's socket ${folder} is not there (${code})`,
      {
        cause,
        details: { hint },
      },
    );
  }
}
