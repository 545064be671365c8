import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { editText } from "./edit-text.ts";

let root: string;
let folder: string;
const env = (editor: string) => ({ PATH: process.env.PATH, TMPDIR: folder, EDITOR: editor });
const left = () => readdir(folder);

before(async () => {
  root = await mkdtemp(join(tmpdir(), "edit-text-"));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, "tmp-"));
});
after(() => rm(root, { recursive: true }));

test("the text is in a folder and a file of one's own while it is edited, and nothing is left of it", async () => {
  const script = join(root, "editor.sh");
  await writeFile(
    script,
    `stat -c %a "$1" "$(dirname "$1")" > ${root}/modes\necho more >> "$1"; cp "$1" "$1~"\n`,
  );
  await chmod(script, 0o700);
  const used = await editText("text\n", env(`sh ${script}`), async ({ text, path }) => {
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    return text;
  });
  assert.equal(used, "text\nmore\n");
  assert.equal(await readFile(join(root, "modes"), "utf8"), "600\n700\n");
  assert.deepEqual(await left(), []);
});

for (const editor of ["false", "rm", "no-such-editor", "kill -TERM $$; true"]) {
  test(`nothing is left where the editor does not do its work: ${editor}`, async () => {
    await assert.rejects(editText("secret", env(editor), async () => assert.fail("it is not used")));
    assert.deepEqual(await left(), []);
  });
}

test("a text that could not be used stays where it is, for its owner alone", async () => {
  let kept = "";
  const use = async ({ path }: { readonly path: string }) => {
    kept = path;
    throw new Error("refused");
  };
  await assert.rejects(editText("a", env("sed -i s/a/b/"), use), /refused/);
  assert.equal(await readFile(kept, "utf8"), "b");
  const [name = ""] = await left();
  assert.equal((await stat(join(folder, name))).mode & 0o777, 0o700);
  assert.equal((await stat(kept)).mode & 0o777, 0o600);
});

test("what ends this process ends the editor first, so that nothing is left", async () => {
  // It has the pid of this process, whose default is to end at once.
  const editing = editText("secret", env(`kill -TERM ${process.pid}; exec sleep 5 #`), async () => "used");
  await assert.rejects(editing, /SIGTERM/);
  assert.deepEqual(await left(), []);
});
