import { readFileSync } from "node:fs";

/** What a guide has people type, in order, and the program files that it has them write. */
export interface Guide {
  readonly commands: readonly GuideCommands[];
  /** File name → text. */
  readonly programs: ReadonlyMap<string, string>;
}

/** One block of commands. */
export interface GuideCommands {
  /** Line of the block in the guide. */
  readonly line: number;
  readonly text: string;
  /** Lines that the output has, in this order; `…` stands for anything. */
  readonly expected: readonly string[];
}

interface Block {
  readonly info: string;
  readonly line: number;
  readonly text: string;
}

/**
 * Reads the fenced blocks of a guide: `sh` is typed, `text` right after it is what it prints, `ts NAME` is the program
 * NAME, anything else is only to be read.
 */
export function readGuide(path: string): Guide {
  const commands: GuideCommands[] = [];
  const programs = new Map<string, string>();
  let previous = "";
  for (const { info, line, text } of blocksOf(readFileSync(path, "utf8"))) {
    const [language, name] = info.split(" ");
    if (language === "sh") commands.push({ line, text, expected: [] });
    if (language === "text" && previous === "sh") {
      const last = commands.pop();
      if (last !== undefined) commands.push({ ...last, expected: text.split("\n") });
    }
    if (language === "ts" && name !== undefined) programs.set(name, text);
    previous = language ?? "";
  }
  return { commands, programs };
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    if (open === undefined) {
      if (line.startsWith("```")) open = { info: line.slice(3).trim(), line: index + 1, lines: [] };
    } else if (line === "```") {
      blocks.push({ info: open.info, line: open.line, text: open.lines.join("\n") });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} has no end`);
  return blocks;
}
