/** A command of a transcript, and what it is expected to print. */
export interface Step {
  /** Line of the file, from 1. */
  readonly line: number;
  /** The command, with the lines of its here-document. */
  readonly command: string;
  /** Lines with placeholders: `<time>` is anything, `<ID>` is kept for later commands, `...` is any lines. */
  readonly expected: readonly string[];
  readonly exitCode: number;
}

/** `$ ` begins a command, `# ` a remark, `[exit 1]` closes the output of one that fails. */
export function parseTranscript(text: string): Step[] {
  const lines = text.split("\n");
  const steps: Step[] = [];
  let index = 0;
  while (index < lines.length) {
    const start = lines[index] ?? "";
    const line = ++index;
    if (!start.startsWith("$ ")) continue;
    const command = [start.slice(2)];
    const marker = /<<'?(\w+)'?/.exec(start)?.[1];
    while (marker !== undefined && command.at(-1) !== marker) command.push(lines[index++] ?? marker);
    const output: string[] = [];
    while (index < lines.length && !/^(\$|#) /.test(lines[index] ?? "")) output.push(lines[index++] ?? "");
    while (output.at(-1) === "") output.pop();
    const exit = /^\[exit (\d+)\]$/.exec(output.at(-1) ?? "");
    if (exit !== null) output.pop();
    steps.push({ line, command: command.join("\n"), expected: output, exitCode: Number(exit?.[1] ?? 0) });
  }
  return steps;
}

/**
 * Compares what was printed with what is expected, spaces at line ends aside.
 *
 * @returns the values of `<UPPER_CASE>` placeholders; undefined where the texts differ.
 */
export function matchOutput(
  expected: readonly string[],
  printed: string,
): Record<string, string> | undefined {
  const pattern = expected.map(linePattern).join("\n");
  const text = printed
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
  const match = new RegExp(`^${pattern}$`).exec(text);
  return match === null ? undefined : { ...match.groups };
}

function linePattern(line: string): string {
  if (line.trim() === "...") return "[^]*?";
  return line
    .trimEnd()
    .split(/(<[A-Za-z]\w*>)/)
    .map((part) => {
      const name = /^<(\w+)>$/.exec(part)?.[1];
      if (name === undefined) return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
      return /^[A-Z]/.test(name) ? `(?<${name}>\\S+)` : ".+?";
    })
    .join("");
}
