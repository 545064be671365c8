/** The line that every generated page begins with, below its title. */
export const written = (from: string): string => `Written by \`npm run generate\` from ${from}; do not edit.`;

/** A table; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

export const code = (text: string): string => `\`${text}\``;

/** Paragraphs, tables and titles, one empty line between them. */
export const page = (...parts: readonly string[]): string => `${parts.join("\n\n")}\n`;
