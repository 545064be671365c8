import { chmodSync, mkdirSync, statSync } from "node:fs";

const OTHERS = 0o077;

/**
 * Makes a directory for the owner alone, or looks at the one that is there. The answer is a sentence for the log where
 * others may enter it, undefined where all is well.
 */
export function makePrivateDirectory(path: string): string | undefined {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  // The process's umask may have taken bits away from the mode, never added any; a parent keeps its own mode.
  if (made !== undefined) chmodSync(path, 0o700);
  const mode = statSync(path).mode & 0o777;
  if ((mode & OTHERS) === 0) return undefined;
  return `others may enter ${path} (mode ${mode.toString(8)}); it holds keys: chmod 700 ${path}`;
}
