import { spawn } from "node:child_process";
import { AppError } from "@sallyport/api";

/** A program of the administrator that handles secrets: no shell, no secret in arguments, a limit on time and output. */
export interface SecretCommand {
  /** The program, an absolute path, and its arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * Runs it with `input` on its standard input and resolves to what it prints. What it says on standard error is dropped:
 * nobody knows whether it quotes a secret.
 *
 * @throws AppError UNAVAILABLE with the program's name and how it ended.
 */
export function runSecretCommand({ command, timeoutMs }: SecretCommand, input = ""): Promise<string> {
  const [program = "", ...args] = command;
  const failed = (why: string, cause?: unknown) =>
    new AppError("UNAVAILABLE", `the command ${program} ${why}`, {
      cause,
      details: { hint: "Run it by hand, as the user of the daemon, to see what it says." },
    });
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    const parts: Buffer[] = [];
    let size = 0;
    let isLate = false;
    // What it started itself may outlive it, with its output still open.
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
      child.stdout.destroy();
    }, timeoutMs);
    child.stdout.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= MAX_OUTPUT_BYTES) {
        parts.push(part);
        return;
      }
      child.kill("SIGKILL");
      child.stdout.destroy();
    });
    // It may well end without reading what it is given.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(failed(`cannot be run: ${codeOf(cause)}`, cause));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (size > MAX_OUTPUT_BYTES) reject(failed("printed too much"));
      else if (isLate) reject(failed(`was ended after ${timeoutMs} ms`));
      else if (signal !== null) reject(failed(`was ended by ${signal}`));
      else if (code !== 0) reject(failed(`failed with status ${code}`));
      else resolve(Buffer.concat(parts).toString("utf8"));
    });
  });
}

const codeOf = (error: Error) => ("code" in error ? String(error.code) : "unknown");
