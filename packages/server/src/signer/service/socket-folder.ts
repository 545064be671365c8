import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "@sallyport/api";
import { foldersAbove } from "../../kernel/folders-above.ts";

const ROOT = 0;
const OTHERS = 0o007;
const GROUP_WRITES = 0o020;
const NOT_ONLY_OWNER_WRITES = 0o022;
const STICKY = 0o1000;

type Folder = Pick<Stats, "uid" | "mode">;

/**
 * Why a folder is no place for the socket; undefined where it is one. Its owner decides who listens there, so that must be
 * root, this user, or the one that the signer runs as; others may not even look for it.
 */
export function whyNotClosed(
  path: string,
  { uid, mode }: Folder,
  owners: readonly number[] | undefined,
): string | undefined {
  const bits = mode & 0o777;
  if ((bits & (OTHERS | GROUP_WRITES)) !== 0) {
    return `${path} is open to others (mode ${bits.toString(8)}): chmod 750 ${path}`;
  }
  if (owners === undefined || isOneOf(owners, uid)) return undefined;
  return `${path} belongs to another user (uid ${uid})`;
}

/**
 * Why somebody else could put another folder in the place of one below `path`; undefined where nobody can. Where many
 * write and each may only move what is theirs, as in /tmp, the owner of what is below counts, which is looked at as well.
 */
export function whyReplaceable(
  path: string,
  { uid, mode }: Folder,
  owners: readonly number[],
): string | undefined {
  if ((mode & NOT_ONLY_OWNER_WRITES) !== 0 && (mode & STICKY) === 0) {
    return `is below ${path}, where others may write (mode ${(mode & 0o777).toString(8)}): chmod go-w ${path}`;
  }
  return isOneOf(owners, uid) ? undefined : `is below ${path}, which belongs to another user (uid ${uid})`;
}

const isOneOf = (owners: readonly number[], uid: number) => uid === ROOT || owners.includes(uid);

/**
 * Throws BAD_PARAMETER where the folder of a socket is no place for it. Without `owners` whoever owns the folder is taken
 * for the user of the signer.
 */
export function checkSocketFolder(socketPath: string, owners?: readonly number[]): void {
  const folder = dirname(socketPath);
  const own = lookAt(folder, () => statSync(folder));
  const above = lookAt(folder, () => foldersAbove(folder).map((path) => [path, statSync(path)] as const));
  const ownUid = process.geteuid?.();
  const trusted = [...(owners ?? [own.uid]), ...(ownUid === undefined ? [] : [ownUid])];
  const why = whyNotClosed(folder, own, owners) ?? whyBelow(folder, above, trusted);
  if (why !== undefined) throw new AppError("BAD_PARAMETER", `the folder of the signer's socket ${why}`);
}

function whyBelow(
  folder: string,
  above: readonly (readonly [path: string, stats: Folder])[],
  owners: readonly number[],
): string | undefined {
  const whys = above.map(([path, stats]) => whyReplaceable(path, stats, owners));
  const why = whys.find((one) => one !== undefined);
  return why && `${folder} ${why}`;
}

function lookAt<T>(folder: string, look: () => T): T {
  try {
    return look();
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
