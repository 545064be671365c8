import type { LocalMachine } from "@sallyport/api/node";
import type { Clock } from "../kernel/clock.ts";

/** What a command of this room may touch; handed in, so that a test brings its own. */
export interface CommandSurroundings {
  readonly machine: LocalMachine;
  readonly hostName: string;
  /** How this program is run again: an interpreter and a script, or one executable. */
  readonly program: readonly string[];
  readonly clock: Clock;
  /** Standard output. */
  print(text: string): void;
  /** Standard error. */
  note(text: string): void;
}

/** A command: its arguments without its own name → the exit code. */
export type Command = (args: readonly string[], around: CommandSurroundings) => Promise<number>;
