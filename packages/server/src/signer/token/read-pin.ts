import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { whyNotPrivate } from "../../kernel/private-file.ts";
import { TokenError } from "./token-error.ts";

const MAX_BYTES = 256;

/** The PIN from a file that only this user may touch, without the end of its line. */
export function readPin(path: string): Buffer {
  const file = open(path);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw refused(path, "is not a file");
    const why = whyNotPrivate(path, stats);
    if (why !== undefined) throw refused(path, why);
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    const end = buffer[length - 1] === 0x0a ? length - 1 : length;
    if (end < 1 || length > MAX_BYTES) throw refused(path, "holds no PIN");
    return buffer.subarray(0, end);
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw refused(path, `cannot be read (${code})`);
  }
}

const refused = (path: string, why: string) => new TokenError("gone", `the PIN file ${path} ${why}`);
