import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "@sallyport/api/errors";
import { whyNotPrivate } from "./private-file.ts";

const MAX_BYTES = 4096;

/**
 * The text of a small file that holds a secret. It is a regular file that nobody but its owner may touch, looked at
 * through the same handle that it is read with.
 *
 * @throws AppError BAD_PARAMETER with the path, what is wrong and how to mend it.
 */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    checkFile(path, await file.stat());
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_BYTES) throw unusable(path, "is too long for a secret");
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a named pipe that nobody writes to would hold the start up.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw unusable(path, reasons[code] ?? `cannot be read (${code})`, cause);
  }
}

function checkFile(path: string, stats: Stats): void {
  if (!stats.isFile()) throw unusable(path, "is not a file");
  const why = whyNotPrivate(path, stats);
  if (why !== undefined) throw unusable(path, why);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EACCES: "cannot be read: permission denied",
};

const unusable = (path: string, why: string, cause?: unknown) =>
  new AppError("BAD_PARAMETER", `the secret file ${path} ${why}`, { cause });
