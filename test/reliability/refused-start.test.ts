import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startDaemon } from "../support/daemon.ts";

const program = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-refused-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    timeout: 30_000,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  const words = stderr.slice(stderr.indexOf("sallyport: "));
  assert.doesNotMatch(words, /^\s+at /m, "a mistake of the user is no stack trace");
  return { status, words };
}

function configFile(name: string, listen: string): string {
  const path = join(folder, `${name}.yaml`);
  const data = join(folder, name);
  writeFileSync(
    path,
    `version: v3\nteleport: { data_dir: ${data} }\nauth_service: { listen_addr: "${listen}" }\n`,
  );
  return path;
}

test("a start that cannot be says what is in the way and what to change", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [
      ["start", "-c", configFile("taken", `127.0.0.1:${port}`)],
      1,
      new RegExp(`cannot listen on 127.0.0.1:${port}: another program uses this port.*\\n.*listen_addr`),
    ],
    [["start", "-c", configFile("elsewhere", "192.0.2.1:3025")], 1, /this machine has no such address/],
    [["start", "--data-dir", file], 1, /a-file cannot be made: there is a file of that name\n.*--data-dir/],
    [["start", "--port", "1"], 2, /there is no option "--port"\n.*sallyport help/],
    [["starrt"], 2, /there is no command "starrt"; did you mean start\?/],
  ];
  try {
    for (const [args, code, says] of cases) {
      const { status, words } = run(...args);
      assert.match(words, says);
      assert.equal(status, code, args.join(" "));
    }
  } finally {
    taken.close();
  }
});

test("a second daemon on the data of a first is refused, and the first goes on", async () => {
  await using daemon = await startDaemon();
  const { status, words } = run("start", "--data-dir", daemon.dataDir);
  assert.equal(status, 1);
  assert.match(words, /is in use by another process; stop that one first/);
  assert.equal(daemon.process.exitCode, null);
});
