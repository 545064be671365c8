import { AppError, isAppError } from "@sallyport/api";
import { type ExitCode, exitCodes, UsageError } from "./exit-code.ts";
import { plainLines } from "./plain-text.ts";
import type { Terminal } from "./terminal.ts";

/** Says what went wrong and how to mend it; with `debug` also what lies behind it. Sets the exit code. */
export function reportError(terminal: Terminal, error: unknown, debug: boolean): void {
  terminal.note(`tctl: ${plainLines(messageOf(error))}`);
  const hint = hintOf(error);
  if (hint !== undefined) terminal.note(plainLines(hint));
  if (debug) for (const line of causesOf(error)) terminal.note(plainLines(line));
  terminal.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): ExitCode {
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failure;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isAppError(error, "INTERNAL") && error.details.requestId !== undefined) {
    return `${error.message} (request id ${error.details.requestId})`;
  }
  return error.message;
}

function hintOf(error: unknown): string | undefined {
  if (error instanceof UsageError) return "Try --help for more information.";
  if (!(error instanceof AppError)) return undefined;
  // Whether `-f` helps depends on the command, which then says so itself.
  if (error.reason === "ALREADY_EXISTS" && error.details.hint === undefined) return undefined;
  return error.hint;
}

function causesOf(error: unknown): string[] {
  const lines: string[] = [];
  for (let one = error; one !== undefined && lines.length < 16; one = causeOf(one)) {
    const name = one instanceof AppError ? `${one.name} ${one.reason} (${one.code})` : undefined;
    const text = one instanceof Error ? (one.stack ?? one.message) : String(one);
    lines.push(
      `${lines.length === 0 ? "debug" : "caused by"}: ${name === undefined ? "" : `${name}: `}${text}`,
    );
  }
  return lines;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
