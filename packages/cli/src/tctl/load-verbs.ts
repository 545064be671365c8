import { commands } from "./commands.ts";
import type { Verb } from "./verb.ts";

/** Global options that are followed by a value. */
const withValue = ["-c", "--config", "--data-dir", "-i", "--identity", "--auth-server"];

/** The one verb that the words name, or all of them: for help, for other names of verbs and for what is misspelt. */
export async function loadVerbs(words: readonly string[]): Promise<Verb[]> {
  const typed = commandWords(words);
  const named = commands.filter(({ path }) => path.every((word, index) => typed[index] === word));
  return Promise.all((named.length === 1 ? named : commands).map(({ load }) => load()));
}

function commandWords(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith("-") && !withValue.includes(words[index - 1] ?? ""));
}
