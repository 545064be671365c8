import { chmodSync, statSync } from "node:fs";
import { AppError } from "@sallyport/api/errors";
import { makeDirectory } from "./make-directory.ts";

const OTHERS = 0o077;

/**
 * Makes a directory for the owner alone, or looks at the one that is there. The answer is a sentence for the log where
 * others own or may enter it, undefined where all is well.
 *
 * @throws AppError BAD_PARAMETER where there can be no such directory.
 */
export function makePrivateDirectory(path: string): string | undefined {
  // The process's umask may have taken bits away from the mode, never added any; a parent keeps its own mode.
  if (make(path)) chmodSync(path, 0o700);
  const { mode: bits, uid } = statSync(path);
  const ownUid = process.geteuid?.();
  if (ownUid !== undefined && uid !== ownUid && uid !== 0) {
    return `${path} belongs to another user (uid ${uid}); it holds keys: chown -R ${ownUid} ${path}`;
  }
  const mode = bits & 0o777;
  if ((mode & OTHERS) === 0) return undefined;
  return `others may enter ${path} (mode ${mode.toString(8)}); it holds keys: chmod 700 ${path}`;
}

function make(path: string): boolean {
  try {
    return makeDirectory(path, 0o700);
  } catch (error) {
    const why =
      error instanceof Error && "code" in error ? (reasons[String(error.code)] ?? error.message) : error;
    const hint = "Name another one with --data-dir DIR, or make it and give it to the user of the daemon.";
    throw new AppError("BAD_PARAMETER", `the data directory ${path} cannot be made: ${why}`, {
      cause: error,
      details: { hint },
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EEXIST: "there is a file of that name",
  ENOTDIR: "a part of the path is a file",
  ENOENT: "the file system takes no directory there",
  ENOSPC: "the disk is full",
};
