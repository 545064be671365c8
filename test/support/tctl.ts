import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Daemon } from "./daemon.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const run = promisify(execFile);
const COMMAND_MS = 30_000;

export interface TctlOptions {
  /** Identity file of a user; the host's administrator where it is left out. */
  readonly identity?: string;
}

/** Runs `tctl` in the daemon's directory and gives what it printed. Rejects, with its words, when it fails. */
export async function tctl(
  daemon: Daemon,
  args: readonly string[],
  { identity }: TctlOptions = {},
): Promise<string> {
  const who = identity === undefined ? [] : ["--identity", identity, "--auth-server", daemon.address];
  const { stdout } = await run(process.execPath, [program, ...who, ...args], {
    cwd: daemon.directory,
    env: userEnvironment(daemon),
    timeout: COMMAND_MS,
  });
  return stdout;
}

/** What a user of that daemon has in the environment: a home of their own, and no other cluster. */
export function userEnvironment(daemon: Daemon): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: daemon.directory,
    TELEPORT_CONFIG_FILE: daemon.configFile,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  };
}
