import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chooseAlgorithm, makeKey } from "./make-keys.ts";
import { placeFiles } from "./place-files.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tctl-credentials-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function emptyFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

test("files are for their owner only, and nothing else is left behind", async () => {
  const dir = await emptyFolder("modes");
  const files = ["a.crt", "a.key"].map((name) => ({ path: join(dir, name), content: name }));
  await placeFiles(files, { overwrite: false });
  assert.deepEqual(await readdir(dir), ["a.crt", "a.key"]);
  for (const { path } of files) assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("where one file of a set is there already, none is written", async () => {
  const dir = await emptyFolder("taken");
  await writeFile(join(dir, "b"), "old");
  const files = ["a", "b", "c"].map((name) => ({ path: join(dir, name), content: "new" }));
  await assert.rejects(placeFiles(files, { overwrite: false }), { reason: "ALREADY_EXISTS" });
  assert.deepEqual(await readdir(dir), ["b"]);
  assert.equal(await readFile(join(dir, "b"), "utf8"), "old");
});

test("where a set cannot be replaced as a whole, the old one stays", async () => {
  const dir = await emptyFolder("half");
  await writeFile(join(dir, "a"), "old");
  await mkdir(join(dir, "b", "full"), { recursive: true });
  const files = ["a", "b"].map((name) => ({ path: join(dir, name), content: "new" }));
  await assert.rejects(placeFiles(files, { overwrite: true }));
  assert.deepEqual(await readdir(dir), ["a", "b"]);
  assert.equal(await readFile(join(dir, "a"), "utf8"), "old");
});

test("a set is replaced where that is wanted, with the mode of secrets", async () => {
  const dir = await emptyFolder("replaced");
  await writeFile(join(dir, "a"), "old", { mode: 0o644 });
  await placeFiles([{ path: join(dir, "a"), content: "new" }], { overwrite: true });
  assert.equal(await readFile(join(dir, "a"), "utf8"), "new");
  assert.equal((await stat(join(dir, "a"))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ["a"]);
});

test("a symbolic link is replaced, not followed", async () => {
  const dir = await emptyFolder("link");
  await writeFile(join(dir, "target"), "precious");
  execFileSync("ln", ["-s", "target", join(dir, "a")]);
  await assert.rejects(placeFiles([{ path: join(dir, "a"), content: "new" }], { overwrite: false }));
  await placeFiles([{ path: join(dir, "a"), content: "new" }], { overwrite: true });
  assert.equal(await readFile(join(dir, "target"), "utf8"), "precious");
  assert.equal(await readFile(join(dir, "a"), "utf8"), "new");
});

test("a folder that cannot be written to says so", async () => {
  const dir = await emptyFolder("file-as-folder");
  await writeFile(join(dir, "x"), "");
  const files = [{ path: join(dir, "x", "a"), content: "" }];
  await assert.rejects(placeFiles(files, { overwrite: false }), { reason: "BAD_PARAMETER" });
});

test("keys are those of the suite of the cluster", () => {
  const cases = [
    [0, "tls", "ecdsa-p256"],
    [0, "ssh", "ed25519"],
    [1, "tls", "rsa-2048"],
    [1, "ssh", "rsa-2048"],
    [2, "tls", "ecdsa-p256"],
    [2, "ssh", "ed25519"],
    [3, "ssh", "ecdsa-p256"],
  ] as const;
  for (const [suite, use, algorithm] of cases) assert.equal(chooseAlgorithm(suite, use), algorithm);
});

test("openssl and ssh-keygen read the keys", async () => {
  const dir = await emptyFolder("keys");
  const pem = await makeKey("ecdsa-p256", "pem");
  await placeFiles([{ path: join(dir, "tls"), content: pem.privateKey }], { overwrite: false });
  const publicPem = execFileSync("openssl", ["pkey", "-in", join(dir, "tls"), "-pubout"], {
    encoding: "utf8",
  });
  assert.equal(publicPem, pem.publicPem);
  for (const algorithm of ["ed25519", "ecdsa-p256", "rsa-2048"] as const) {
    const key = await makeKey(algorithm, "openssh");
    const path = join(dir, algorithm);
    await placeFiles([{ path, content: key.privateKey }], { overwrite: false });
    const line = execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" });
    assert.equal(line.trim().split(" ").slice(0, 2).join(" "), key.publicLine);
  }
});
