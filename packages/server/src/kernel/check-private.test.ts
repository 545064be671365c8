import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makePrivateDirectory } from "./check-private.ts";

test("a directory is made for the owner alone, and a looser one is named", () => {
  const root = mkdtempSync(join(tmpdir(), "private-"));
  try {
    const path = join(root, "a", "data");
    assert.equal(makePrivateDirectory(path), undefined);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    chmodSync(path, 0o750);
    assert.match(makePrivateDirectory(path) ?? "", /mode 750.*chmod 700/);
    if (process.geteuid?.() !== 0) return;
    chownSync(path, 65_534, 0);
    assert.match(makePrivateDirectory(path) ?? "", /belongs to another user \(uid 65534\).*chown -R 0/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("where there can be no directory, it says why and what to do", () => {
  const root = mkdtempSync(join(tmpdir(), "private-"));
  try {
    const file = join(root, "file");
    writeFileSync(file, "");
    const cases: readonly (readonly [string, RegExp])[] = [
      [file, /cannot be made: there is a file of that name/],
      [join(file, "below"), /cannot be made: (a part of the path is a file|there is a file)/],
      // Where the system denies that an existing parent is there, a naive loop would go on for ever.
      ...(process.platform === "linux" ? ([["/proc/none/data", /cannot be made/]] as const) : []),
    ];
    for (const [path, message] of cases) {
      assert.throws(() => makePrivateDirectory(path), { reason: "BAD_PARAMETER", message });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
