import type { Command, Option } from "commander";
import { commands, nouns } from "./commands.ts";
import { createProgram, findCommand } from "./program.ts";
import type { Verb } from "./verb.ts";

/** The reference page of `tctl`, in Markdown, from the definitions that the program itself uses. */
export async function renderTctlReference(): Promise<string> {
  const verbs = await Promise.all(commands.map(({ load }) => load()));
  const program = createProgram(verbs, async () => undefined);
  const parts = [
    "# tctl",
    program.description(),
    "Exit codes: 0 done, 1 failed or answered with no, 2 the command line is wrong.",
    "## Options of every command",
    optionTable(program.options),
    ...verbs.flatMap((verb) => renderVerb(verb, findCommand(program, verb.path) ?? program)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function renderVerb(verb: Verb, command: Command): string[] {
  const usage = ["tctl", ...verb.path, command.usage()].join(" ");
  const aliases = aliasesOf(verb);
  const options = command.options;
  return [
    `## tctl ${verb.path.join(" ")}`,
    `${sentence(verb.summary)}${aliases.length === 0 ? "" : ` Also: ${aliases.join(", ")}.`}`,
    ...(verb.details === undefined ? [] : [verb.details]),
    fence(usage),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    fence(verb.examples.flatMap(({ does, line }) => [`# ${does}`, line]).join("\n")),
  ];
}

function aliasesOf(verb: Verb): string[] {
  const [last = "", before] = [verb.path.at(-1), verb.path.slice(0, -1)];
  const noun = nouns.find(({ word }) => word === before.join(" "));
  const firsts = (noun?.aliases ?? []).map((alias) =>
    ["tctl", ...before.slice(0, -1), alias, last].join(" "),
  );
  const lasts = (verb.aliases ?? []).map((alias) => ["tctl", ...before, alias].join(" "));
  return [...firsts, ...lasts].map((line) => `\`${line}\``);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const fence = (text: string): string => ["```sh", text, "```"].join("\n");

function optionTable(options: readonly Option[]): string {
  const rows = options.map(
    (option) => `| \`${option.flags.replaceAll("|", "\\|")}\` | ${describe(option)} |`,
  );
  return ["| Option | Meaning |", "|---|---|", ...rows].join("\n");
}

function describe(option: Option): string {
  const { defaultValue: usual, argChoices: choices } = option;
  const parts = [option.description];
  if (choices !== undefined) parts.push(`one of ${choices.join(", ")}`);
  if (option.mandatory) parts.push("required");
  // Neither the empty text nor the empty list is worth a word.
  const said = String(usual ?? "");
  if (said !== "") parts.push(`default ${said}`);
  return parts.join("; ").replaceAll("|", "\\|");
}
