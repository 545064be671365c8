import { UsageError } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** Prints what is not text. */
export function printBinary(terminal: Terminal, bytes: Uint8Array, instead: string): void {
  refuseScreen(terminal, instead);
  terminal.print(bytes);
}

/** On a screen, what is not text says nothing to anybody, and its bytes may command the terminal. */
export function refuseScreen(terminal: Terminal, instead: string): void {
  if (terminal.isScreen) throw new UsageError(`this is binary and not for a screen: ${instead}`);
}
