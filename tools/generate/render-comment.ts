const width = 110;

/** A `//` comment, wrapped; empty for no text. Ends with a line break where it is not empty. */
export function comment(text: string | undefined, indent: string): string {
  const words = text?.trim().split(/\s+/) ?? [];
  if (words.length === 0 || words[0] === "") return "";
  const lines: string[] = [];
  let line = `${indent}//`;
  for (const word of words) {
    if (line.length + word.length + 1 > width) {
      lines.push(line);
      line = `${indent}//`;
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join("\n")}\n`;
}
