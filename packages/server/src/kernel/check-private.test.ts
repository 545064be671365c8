import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
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
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
