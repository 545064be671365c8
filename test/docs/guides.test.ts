import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { userEnvironment } from "../support/tctl.ts";
import { readGuide } from "./read-guide.ts";
import { missingLine, runGuide } from "./run-guide.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guides = join(root, "docs/guides");
/** The port that guides write into a configuration of their own; each run has another. */
const OWN_PORT = "3125";

/** Programs that not every machine has; CI has all of them and skips nothing. */
const needs: Readonly<Record<string, string>> = {
  "ca-keys.md": "/usr/bin/softhsm2-util",
  "postgresql.md": "/usr/bin/psql",
  "rotate-a-ca.md": "/usr/sbin/sshd",
  "ssh-certificates.md": "/usr/sbin/sshd",
};

const pages = [
  "README.md",
  ...readdirSync(guides)
    .sort()
    .map((name) => join("docs/guides", name)),
];

for (const page of pages) {
  const name = basename(page);
  const program = needs[name];
  const isMissing = program !== undefined && !existsSync(program) && !process.env.CI;
  const skip = isMissing ? `${program} is not installed` : false;
  test(`${name}: everything in it runs as it stands`, { skip }, async () => {
    const { commands, programs } = readGuide(join(root, page));
    await using daemon = await startDaemon();
    symlinkSync(join(root, "node_modules"), join(daemon.directory, "node_modules"));
    for (const [file, text] of programs) writeFileSync(join(daemon.directory, file), `${text}\n`);
    if (programs.size > 0) await checkTypes(daemon.directory, [...programs.keys()]);
    const port = String(await freePort());
    const typed = commands.map((block) => ({ ...block, text: block.text.replaceAll(OWN_PORT, port) }));
    placeNpx(daemon.directory);
    const outputs = await runGuide(typed, daemon.directory, environmentOf(daemon));
    for (const block of outputs) {
      const missing = missingLine(block);
      assert.equal(
        missing,
        undefined,
        `${name}:${block.line} does not print this line, but:\n${block.output}`,
      );
    }
  });
}

function environmentOf(daemon: Daemon): NodeJS.ProcessEnv {
  const { PATH, ...rest } = userEnvironment(daemon);
  return {
    ...rest,
    PATH: [join(daemon.directory, "bin"), dirname(process.execPath), PATH ?? ""].join(delimiter),
    AUTH_SERVER: daemon.address,
  };
}

/** What npx does, without npm, which takes longer than the commands; that npx finds them is shown by the seed story. */
function placeNpx(directory: string): void {
  mkdirSync(join(directory, "bin"));
  const script = `#!/bin/sh\nPATH="${join(root, "node_modules/.bin")}:$PATH"\nexec "$@"\n`;
  writeFileSync(join(directory, "bin/npx"), script, { mode: 0o755 });
}

async function checkTypes(directory: string, files: readonly string[]): Promise<void> {
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      noEmit: true,
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      allowImportingTsExtensions: true,
      types: ["node"],
    },
    files,
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", directory]).catch((error) => {
    throw new Error(`the programs of the guide do not compile:\n${(error as { stdout: string }).stdout}`);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
