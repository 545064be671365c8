import { type Command, CommanderError } from "commander";

import type { Client } from "../connection/client.ts";
import { exitCodes } from "../terminal/exit-code.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { loadVerbs } from "./load-verbs.ts";
import { createProgram } from "./program.ts";
import type { GlobalOptions, Tool } from "./tool.ts";

/** What a run needs from outside; everything of {@link Tool} but the connection. */
export interface Surroundings extends Omit<Tool, "connect"> {
  readonly uid: number | undefined;
  readonly home: string;
}

/** Runs one command line, without the name of the program. It never throws: the terminal has the exit code. */
export async function runTctl(given: readonly string[], around: Surroundings): Promise<void> {
  // As most programs are asked.
  const words = given.length === 1 && given[0] === "--version" ? ["version"] : given;
  let client: Promise<Client> | undefined;
  let globals: GlobalOptions = {};
  const connect = () => {
    client ??= import("../connection/open-client.ts").then(({ openClient }) => openClient(globals, around));
    return client;
  };
  const program = createProgram(await loadVerbs(words), async (verb, options, args, root) => {
    globals = root.opts();
    await verb.run({ ...around, connect }, options, ...args);
  });
  quieten(program, around.terminal);
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    await finish(around.terminal, error, globals.debug === true);
  } finally {
    await client?.then(
      (open) => open.close(),
      () => undefined,
    );
  }
}

/** Commander throws instead of leaving, and writes where we do. */
function quieten(program: ReturnType<typeof createProgram>, terminal: Terminal): void {
  const outputOf = (command: Command) => ({
    writeOut: (text: string) => terminal.print(text),
    writeErr: (text: string) => terminal.note(text.trimEnd()),
    outputError: (text: string, write: (text: string) => void) =>
      write(`${text.replace(/^error: /, "tctl: ").trimEnd()}${hintOfCommas(command, text)}`),
  });
  for (const command of allOf(program)) {
    command
      .exitOverride()
      .configureOutput(outputOf(command))
      .showHelpAfterError("Try --help for more information.");
    suggestJoined(command);
  }
}

/** Other programs take several names as several words. */
function hintOfCommas({ registeredArguments: takes }: Command, text: string): string {
  const isList = takes.some(({ description }) => description.includes("with commas"));
  return isList && text.includes("too many arguments") ? "\nSeveral are written with commas: ONE,TWO" : "";
}

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

/** Commander suggests the nearest option, but finds none near `--formt=json`; without the value it does. */
function suggestJoined(command: Command & { unknownOption?(flag: string): void }): void {
  const refuse = command.unknownOption?.bind(command);
  if (refuse !== undefined) command.unknownOption = (flag) => refuse(flag.split("=", 1)[0] ?? flag);
}

async function finish(terminal: Terminal, error: unknown, debug: boolean): Promise<void> {
  if (!(error instanceof CommanderError)) {
    const { reportError } = await import("../terminal/report-error.ts");
    reportError(terminal, error, debug);
    return;
  }
  const isHelp = error.code === "commander.helpDisplayed" || error.exitCode === 0;
  terminal.exitCode = isHelp ? exitCodes.ok : exitCodes.usage;
}
