import type { Terminal } from "../terminal/terminal.ts";

/** A terminal that keeps what is written to it, both streams in one. */
export interface RecordingTerminal extends Terminal {
  printed(): string;
}

/** Nobody sits at it unless it has answers to give. */
export function recordingTerminal(
  given: { readonly answers?: readonly string[]; readonly input?: string; readonly isScreen?: boolean } = {},
): RecordingTerminal {
  const output: string[] = [];
  const answers = [...(given.answers ?? [])];
  return {
    print: (text) => void output.push(typeof text === "string" ? text : Buffer.from(text).toString("latin1")),
    note: (line) => void output.push(`${line}\n`),
    isInteractive: given.answers !== undefined,
    isScreen: given.isScreen === true,
    columns: 120,
    ask: async (question) => {
      output.push(`${question}\n`);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("nobody is there to be asked");
      return answer;
    },
    readInput: () => Promise.resolve(given.input ?? ""),
    readChunks: async function* () {
      yield Buffer.from(given.input ?? "");
    },
    exitCode: 0,
    printed: () => output.join(""),
  };
}
