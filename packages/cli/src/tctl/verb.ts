import type { Command } from "commander";
import type { Tool } from "./tool.ts";

/** A line that somebody may type, and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** One command: its words, its help, what it takes, and what it does. `Options` are as commander names them. */
export interface Verb<Options = unknown> {
  /** `["get"]`, `["users", "add"]` or `["workload-identity", "revocations", "add"]`. */
  readonly path: readonly [string] | readonly [string, string] | readonly [string, string, string];
  /** Other names of its last word. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** More for the help of the command: paragraphs. */
  readonly details?: string;
  readonly examples: readonly Example[];
  /** Declares arguments and options. */
  readonly takes: (command: Command) => unknown;
  readonly run: (tool: Tool, options: Options, ...args: readonly string[]) => Promise<void>;
}

/** What the words before the last one of several commands stand for; of two words, the first is in the list as well. */
export interface Noun {
  readonly word: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
}

/** Keeps the options of a verb typed inside its file, and forgets them in the list of all. */
export function verb<Options>(definition: Verb<Options>): Verb {
  return definition as unknown as Verb;
}
