import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const examplesFolder = fileURLToPath(new URL("../../examples/", import.meta.url));

/** A running example whose output can be waited for. */
export class RunningExample {
  readonly lines: string[] = [];
  errors = "";
  readonly #child: ChildProcess;
  #changed = () => {};

  constructor(name: string, args: readonly string[]) {
    const command = ["--conditions=sallyport-source", `${examplesFolder}${name}`, ...args];
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#changed();
    });
    child.stderr.on("data", (chunk) => {
      this.errors += chunk;
    });
    child.on("exit", () => this.#changed());
    this.#child = child;
  }

  /** Resolves with the first line that matches; rejects when the program ends before. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) {
        throw new Error(`it ended without ${pattern}:\n${this.lines.join("\n")}\n${this.errors}`);
      }
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Stops it as Ctrl-C does. @returns the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    this.#child.kill("SIGINT");
    await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  /** Waits for the end. @returns the exit code. */
  async end(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return this.#child.exitCode;
  }
}
