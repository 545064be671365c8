import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "..");
const launchers = [
  { name: "tctl", folder: "packages/cli" },
  { name: "sallyport", folder: "packages/server" },
];
const folders: string[] = [];

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A workspace with nothing but the launcher, a program and a machine whose own `node` is of no use. */
function workspace({ name, folder }: (typeof launchers)[number], program: string | undefined) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-launch-")));
  folders.push(base);
  const bin = join(base, "node_modules/.bin");
  for (const path of [bin, join(base, folder, "dist"), join(base, "machine")])
    mkdirSync(path, { recursive: true });
  cpSync(join(root, folder, "bin"), join(base, folder, "bin"), { recursive: true });
  writeFileSync(join(base, "package.json"), '{ "type": "module" }');
  if (program !== undefined) writeFileSync(join(base, folder, "dist/main.js"), program);
  symlinkSync(process.execPath, join(bin, "node"));
  symlinkSync(join("../..", folder, "bin", `${name}.js`), join(bin, name));
  writeFileSync(join(base, "machine/node"), "#!/bin/sh\necho the wrong node\n");
  chmodSync(join(base, "machine/node"), 0o755);
  return { command: join(bin, name), env: { PATH: `${join(base, "machine")}:/usr/bin:/bin` } };
}

for (const launcher of launchers) {
  test(`${launcher.name} from node_modules/.bin runs on the Node of the workspace and hands everything on`, () => {
    const { command, env } = workspace(
      launcher,
      "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;",
    );
    const { stdout, status } = spawnSync(command, ["a b", "*", "--c='d'"], {
      env,
      encoding: "utf8",
      cwd: tmpdir(),
    });
    assert.deepEqual(JSON.parse(stdout), ["a b", "*", "--c='d'"]);
    assert.equal(status, 7);
  });

  test(`${launcher.name} that is not built says what to do`, () => {
    const { command, env } = workspace(launcher, undefined);
    const { stderr, status } = spawnSync(command, [], { env, encoding: "utf8" });
    assert.equal(stderr, `${launcher.name}: is not built yet. In the clone, run: npm run build\n`);
    assert.equal(status, 1);
  });

  test(`${launcher.name} is one process, so a signal reaches it once`, async () => {
    const { command, env } = workspace(
      launcher,
      `let heard = 0;
      process.on("SIGTERM", () => { heard += 1; setTimeout(() => { console.log("heard " + heard); process.exit(0); }, 50); });
      setInterval(() => {}, 1000);
      console.log("pid " + process.pid);`,
    );
    const child = spawn(command, [], { env });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (out.includes("pid") && !child.killed) child.kill("SIGTERM");
    });
    const [code] = await once(child, "close");
    assert.equal(out, `pid ${child.pid}\nheard 1\n`);
    assert.equal(code, 0);
  });
}
