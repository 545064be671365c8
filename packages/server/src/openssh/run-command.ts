import { isAppError } from "@sallyport/api";
import type { Command, CommandSurroundings } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** A group of commands under one name. */
interface CommandGroup {
  readonly name: string;
  readonly usage: string;
  readonly verbs: Readonly<Record<string, { readonly run: Command; readonly usage: string }>>;
}

const exitCodes = { failure: 1, usage: 2 } as const;

/** Runs the verb that stands first. Failures are told in words; 2 = the words on the command line are wrong. */
export async function runCommand(
  { name, usage, verbs }: CommandGroup,
  [verb = "help", ...args]: readonly string[],
  around: CommandSurroundings,
): Promise<number> {
  const chosen = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (chosen === undefined) {
    if (["help", "--help", "-h"].includes(verb)) return shown(usage, around);
    around.note(`sallyport: there is no command "${name} ${verb}"; see: sallyport ${name} help`);
    return exitCodes.usage;
  }
  if (args.some((arg) => arg === "--help" || arg === "-h")) return shown(chosen.usage, around);
  try {
    return await chosen.run(args, around);
  } catch (error) {
    if (error instanceof UsageError) {
      around.note(`sallyport: ${error.message}\n  see: sallyport ${name} ${verb} --help`);
      return exitCodes.usage;
    }
    if (!isAppError(error)) throw error;
    around.note(`sallyport: ${error.message}`);
    return exitCodes.failure;
  }
}

function shown(text: string, { print }: CommandSurroundings): number {
  print(text);
  return 0;
}
