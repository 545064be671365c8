import { Command, Help, type Option } from "commander";
import { collect } from "../arguments/split-list.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { nouns } from "./commands.ts";
import type { Example, Noun, Verb } from "./verb.ts";

/** Does a verb, with the words that stand behind it. */
export type RunVerb = (
  verb: Verb,
  options: unknown,
  args: readonly string[],
  program: Command,
) => Promise<void>;

/** `tctl` with these verbs, as commander knows it. */
export function createProgram(verbs: readonly Verb[], runVerb: RunVerb): Command {
  const program = new Command("tctl")
    .description("Administer a cluster: users, roles, access requests, certificates.")
    .option("-d, --debug", "say what lies behind an error")
    .option("-c, --config <file>", "configuration file of the daemon on this host (TELEPORT_CONFIG_FILE)")
    .option("--data-dir <dir>", "data directory of the daemon on this host (SALLYPORT_DATA_DIR)")
    .option("-i, --identity <file>", "credentials, from auth sign --format=file (TELEPORT_IDENTITY_FILE)")
    .option("--auth-server <host:port>", "the auth service; may be repeated (TELEPORT_AUTH_SERVER)", collect)
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .addHelpText("after", closingHelp);
  for (const noun of nouns) addNoun(program, noun, verbs);
  for (const verb of verbs) addVerb(program, verb, runVerb);
  program
    .command("help")
    .argument("[command...]", "such as requests approve")
    .description("explain a command")
    .action(async (words: readonly string[]) => {
      const command = findCommand(program, words);
      if (command === undefined) throw new UsageError(await unknownCommand(program, words));
      command.help();
    });
  return program;
}

const closingHelp = `
Without --identity, tctl is the administrator on the host of the auth service, by the identity that the daemon keeps
in its data directory. An identity that is named takes precedence.

Examples:
  $ tctl status
  $ tctl create rscs.yaml
  $ tctl help requests approve`;

/** That a list begins empty is nothing to tell. */
const describeOption = (option: Option) => new Help().optionDescription(option).replace(" (default: [])", "");

function addNoun(program: Command, noun: Noun, verbs: readonly Verb[]): void {
  const words = noun.word.split(" ");
  const examples = verbs
    .filter(({ path }) => path.slice(0, -1).join(" ") === noun.word)
    .flatMap((one) => one.examples.slice(0, 1));
  parentOf(program, words)
    .command(words.at(-1) ?? "")
    .aliases([...(noun.aliases ?? [])])
    .description(noun.summary)
    .helpCommand(false)
    .addHelpText("after", formatExamples(examples));
}

function addVerb(program: Command, verb: Verb, runVerb: RunVerb): void {
  const command = parentOf(program, verb.path)
    .command(verb.path.at(-1) ?? "")
    .aliases([...(verb.aliases ?? [])])
    .summary(verb.summary)
    .description([verb.summary, ...(verb.details === undefined ? [] : [verb.details])].join("\n\n"))
    .addHelpText("after", formatExamples(verb.examples));
  verb.takes(command);
  command.action((...all: unknown[]) => {
    const args = all.slice(0, -2).flat();
    return runVerb(verb, command.opts(), args as string[], program);
  });
}

/** What the command of these words is declared in. */
function parentOf(program: Command, words: readonly string[]): Command {
  const before = words.slice(0, -1);
  const parent = findCommand(program, before);
  if (parent === undefined) throw new Error(`the noun ${before.join(" ")} is not in the list`);
  return parent;
}

function formatExamples(examples: readonly Example[]): string {
  const lines = examples.flatMap(({ line, does }) => [`  # ${does}`, `  $ ${line}`]);
  return ["", "Examples:", ...lines].join("\n");
}

async function unknownCommand(program: Command, words: readonly string[]): Promise<string> {
  const { nearestName } = await import("@sallyport/api");
  const known = program.commands.flatMap((one) => [
    one.name(),
    ...one.commands.map((inner) => `${one.name()} ${inner.name()}`),
  ]);
  const typed = words.join(" ");
  const near = nearestName(typed, known);
  return `there is no command ${typed}${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** The command of these words; undefined where there is none. */
export function findCommand(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((one) => one.name() === word || one.aliases().includes(word)),
    program,
  );
}
