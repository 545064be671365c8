import assert from "node:assert/strict";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
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

test("a file of keys that somebody else owns is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tctl-owners-"));
  try {
    const file = join(folder, "bob.pem");
    await writeFile(file, "", { mode: 0o600 });
    const printed = async (ownUid?: number) => {
      const terminal = recordingTerminal();
      await warnOfReaders([file], terminal, ownUid);
      return terminal.printed();
    };
    assert.equal(await printed(), "");
    const says =
      /^warning: \S+bob.pem belongs to another user \(uid (\d+)\), who has its key.*: chown \d+ \S+\n$/;
    const isRoot = process.geteuid?.() === 0;
    // Files of root are nobody's business; those of anybody else are, also where this test is not root.
    if (!isRoot) {
      assert.match(await printed(4711), says);
      return;
    }
    await chown(file, 4712, 0);
    for (const uid of [0, 4711]) assert.equal(says.exec(await printed(uid))?.[1], "4712", `for ${uid}`);
    assert.equal(await printed(4712), "");
    await chown(folder, 4712, 0);
    assert.equal(await printed(0), "", "root in the folder of that user");
    assert.match(await printed(4711), says);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
