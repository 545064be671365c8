import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { warnOfReaders } from "./warn-of-readers.ts";

test("files of keys that others may use are named, with what to type", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tctl-readers-"));
  try {
    const file = join(folder, "bob.pem");
    await writeFile(file, "");
    for (const [mode, isOpen] of [
      [0o600, false],
      [0o400, false],
      [0o644, true],
      [0o620, true],
      [0o604, true],
    ] as const) {
      await chmod(file, mode);
      const terminal = recordingTerminal();
      await warnOfReaders([join(folder, "none.pem"), file], terminal);
      assert.equal(
        terminal.printed(),
        isOpen
          ? `warning: others may use ${file} (mode ${mode.toString(8)}); it holds a key: chmod 600 ${file}\n`
          : "",
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
