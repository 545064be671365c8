import { stat } from "node:fs/promises";
import { plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

const OTHERS = 0o077;

/** Says which of these files of keys are open to others of this machine. */
export async function warnOfReaders(files: readonly string[], terminal: Terminal): Promise<void> {
  for (const file of files) {
    // One that is not there, or may not be looked at, is refused with its reason where it is read.
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0,
    );
    if ((mode & OTHERS) === 0) continue;
    const name = plainText(file);
    terminal.note(
      `warning: others may use ${name} (mode ${mode.toString(8)}); it holds a key: chmod 600 ${name}`,
    );
  }
}
