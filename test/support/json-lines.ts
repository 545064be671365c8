import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const LINE_MS = 15_000;

/** A program of ours, from its source, that prints lines of JSON. */
export interface LineProgram extends AsyncDisposable {
  /** The next line that is like `wanted`; those before it are dropped. Rejects when none comes. */
  nextLike<T extends object>(wanted: T): Promise<T & Record<string, unknown>>;
}

export function startLineProgram(path: string, args: readonly string[]): LineProgram {
  const child = spawn(process.execPath, ["--conditions=sallyport-source", path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T extends object>(wanted: T) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${path} ended without ${JSON.stringify(wanted)}:\n${errors}`);
      const line = JSON.parse(value) as Record<string, unknown>;
      if (Object.entries(wanted).every(([name, one]) => line[name] === one)) return line as T & typeof line;
    }
  };
  return {
    nextLike: (wanted) => Promise.race([next(wanted), tooLate(wanted)]),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function tooLate(wanted: object): Promise<never> {
  await wait(LINE_MS, undefined, { ref: false });
  throw new Error(`no line like ${JSON.stringify(wanted)} came within ${LINE_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}
