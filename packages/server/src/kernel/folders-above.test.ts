import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { foldersAbove } from "./folders-above.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "above-")));
after(() => rmSync(root, { recursive: true, force: true }));

const below = (path: string) =>
  foldersAbove(path)
    .filter((folder) => folder.startsWith(root))
    .map((folder) => folder.slice(root.length + 1));

test("the folders above a path are those on it, from the root on", () => {
  mkdirSync(join(root, "a/b/c"), { recursive: true });
  assert.deepEqual(below(join(root, "a/b/c")), ["", "a", "a/b"]);
  assert.equal(foldersAbove(join(root, "a"))[0], "/");
  assert.deepEqual(foldersAbove("/"), []);
});

test("so are those that its symbolic links lead through", () => {
  mkdirSync(join(root, "one"));
  mkdirSync(join(root, "two/deep"), { recursive: true });
  mkdirSync(join(root, "three/last"), { recursive: true });
  symlinkSync(join(root, "two/deep/link"), join(root, "one/link"));
  symlinkSync("../../three", join(root, "two/deep/link"));
  assert.deepEqual(below(join(root, "one/link/last")), ["", "one", "two", "two/deep", "three"]);
  assert.deepEqual(below(join(root, "one/link")), ["", "one", "two", "two/deep"]);
});

test("a path that is not there, or goes round in a circle, is an error", () => {
  assert.throws(() => foldersAbove(join(root, "none/x")), { code: "ENOENT" });
  symlinkSync(join(root, "round"), join(root, "round"));
  assert.throws(() => foldersAbove(join(root, "round")), RangeError);
});
