import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

const OTHERS = 0o077;
const ROOT = 0;

/** Says which of these files of keys are open to others of this machine, or are somebody else's. */
export async function warnOfReaders(
  files: readonly string[],
  terminal: Terminal,
  ownUid: number | undefined = process.geteuid?.(),
): Promise<void> {
  for (const file of files) {
    // One that is not there, or may not be looked at, is refused with its reason where it is read.
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) continue;
    const mode = found.mode & 0o777;
    const name = plainText(file);
    if (await isForeign(file, found.uid, ownUid)) {
      terminal.note(
        `warning: ${name} belongs to another user (uid ${found.uid}), who has its key and chooses whom it trusts: ` +
          `chown ${ownUid} ${name}`,
      );
    }
    if ((mode & OTHERS) !== 0) {
      const open = `others may use ${name} (mode ${mode.toString(8)}); it holds a key: chmod 600 ${name}`;
      terminal.note(`warning: ${open}`);
    }
  }
}

/** Root works for the user whose own folder it reaches into, as with the daemon's data directory under `sudo`. */
async function isForeign(file: string, uid: number, ownUid: number | undefined): Promise<boolean> {
  if (ownUid === undefined || uid === ownUid || uid === ROOT) return false;
  if (ownUid !== ROOT) return true;
  const folder = await stat(dirname(file)).catch(() => undefined);
  return folder?.uid !== uid;
}
