import { spawn } from "node:child_process";
import { once } from "node:events";
import { mortalEnvironment } from "../support/mortal-environment.ts";
import type { GuideCommands } from "./read-guide.ts";

const GUIDE_MS = 180_000;
const MARK = "::the end of block";

/** What a block printed. */
export interface BlockOutput extends GuideCommands {
  readonly output: string;
}

/**
 * Types the blocks of a guide into one shell, as a reader does. Rejects, with everything that was printed, where a
 * command fails. What it left running in the background is ended, also where this process is killed before.
 */
export async function runGuide(
  commands: readonly GuideCommands[],
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly BlockOutput[]> {
  const script = commands.map(({ text, line }) => `${text}\necho\necho "${MARK} ${line}"`).join("\n");
  // A group of its own, so that what runs in its background can be ended with it.
  const shell = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd: directory,
    env: { ...env, ...mortalEnvironment() },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const late = setTimeout(() => endGroup(shell.pid), GUIDE_MS);
  const [code] = (await once(shell, "exit")) as [number | null];
  clearTimeout(late);
  endGroup(shell.pid);
  if (code !== 0) throw new Error(`the commands ended with ${code ?? "no time left"}:\n${output}`);
  return splitOutput(commands, output);
}

function splitOutput(commands: readonly GuideCommands[], output: string): BlockOutput[] {
  let rest = output;
  return commands.map((block) => {
    const mark = `${MARK} ${block.line}\n`;
    const end = rest.indexOf(mark);
    const own = rest.slice(0, end);
    rest = rest.slice(end + mark.length);
    return { ...block, output: own };
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The first expected line that the output does not have, in order; undefined where it has them all. */
export function missingLine({ expected, output }: BlockOutput): string | undefined {
  const lines = output.split("\n").map(squeeze);
  let from = 0;
  for (const line of expected) {
    const pattern = new RegExp(`^${squeeze(line).split("…").map(literally).join(".*")}$`);
    const at = lines.findIndex((one, index) => index >= from && pattern.test(one));
    if (at === -1) return line;
    from = at + 1;
  }
  return undefined;
}

/** Columns are as wide as what is in them, so their width does not count. */
const squeeze = (line: string) => line.trim().replaceAll(/\s+/g, " ");
const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
