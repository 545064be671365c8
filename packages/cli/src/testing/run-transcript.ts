import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTctl } from "../tctl/run.ts";
import { matchOutput, parseTranscript, type Step } from "./parse-transcript.ts";
import { recordingTerminal } from "./recording-terminal.ts";

const main = join(import.meta.dirname, "../main.ts");

/** What a command printed, both streams in one. */
interface Outcome {
  readonly printed: string;
  readonly exitCode: number;
}

/**
 * Runs a transcript in a folder. Lines of `tctl` alone run in this process, which is quick; what needs a shell (pipes,
 * here-documents, other programs) gets one, where `tctl` is a process of its own.
 */
export async function runTranscript(
  text: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const shim = `#!/bin/sh\nexec ${process.execPath} --conditions=sallyport-source --no-warnings ${main} "$@"\n`;
  for (const name of ["tctl", "npx"]) {
    const body = name === "npx" ? '#!/bin/sh\nexec "$@"\n' : shim;
    await writeFile(join(bin, name), body);
    await chmod(join(bin, name), 0o755);
  }
  const kept: Record<string, string> = {
    ...env,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    // What a command leaves behind goes with the folder.
    TMPDIR: folder,
    LC_ALL: "C",
    ...compileCache(),
  };
  for (const step of parseTranscript(text)) Object.assign(kept, await runStep(step, folder, kept));
}

/** What processes of this run have compiled, for the next one; nothing where nobody keeps it. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

async function runStep(step: Step, folder: string, env: Record<string, string>) {
  const words = plainTctl(step.command, env);
  const { printed, exitCode } =
    words === undefined ? runInShell(step.command, folder, env) : await runHere(words, folder, env);
  const found = matchOutput(step.expected, printed);
  const place = `line ${step.line}: $ ${step.command}`;
  if (found === undefined) assert.equal(printed.trimEnd(), step.expected.join("\n"), place);
  assert.equal(exitCode, step.exitCode, `${place}\n${printed}`);
  return found;
}

/** The words of a line that is only a call of tctl, as a shell splits them. */
function plainTctl(command: string, env: Record<string, string>): string[] | undefined {
  const line = /^(?:npx )?tctl(?: ([^|<>&;`\n]*))?$/.exec(command);
  if (line === null) return undefined;
  const split = spawnSync("sh", ["-c", `printf '%s\\0' ${line[1] ?? ""}`], { env, encoding: "utf8" });
  const words = split.stdout.split("\0").slice(0, -1);
  return words.length === 1 && words[0] === "" ? [] : words;
}

function runInShell(command: string, folder: string, env: Record<string, string>): Outcome {
  const { stdout, status } = spawnSync("sh", ["-c", `exec 2>&1\n${command}`], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  return { printed: stdout, exitCode: status ?? -1 };
}

async function runHere(
  words: readonly string[],
  folder: string,
  env: Record<string, string>,
): Promise<Outcome> {
  const terminal = recordingTerminal();
  await runTctl(words, { terminal, env, workingDir: folder, uid: 1000, home: folder, now: Date.now });
  return { printed: terminal.printed(), exitCode: terminal.exitCode };
}
