import type { ExitCode } from "./exit-code.ts";

/** Where a command reads and writes; a test hands in one of its own. */
export interface Terminal {
  /** Standard output: what was asked for, and nothing else. */
  print(output: string | Uint8Array): void;
  /** Standard error: remarks and warnings, a line each. */
  note(line: string): void;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** Whether standard output is seen by a person, and goes to no file or program. */
  readonly isScreen: boolean;
  /** Width of lines; 80 where nobody knows. */
  readonly columns: number;
  /** The answer to a question. */
  ask(question: string): Promise<string>;
  /** All of standard input, at most so many bytes. */
  readInput(maxBytes: number): Promise<string>;
  /** Standard input as it comes, for what may be larger than memory. */
  readChunks(): AsyncIterable<Uint8Array>;
  /** How the program will end. */
  exitCode: ExitCode;
}

/** True for `y` and `yes`; anything else, an empty answer included, is a no. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await terminal.ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
