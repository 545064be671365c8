import { plainText } from "./plain-text.ts";

/** A table: one line a row, cells as text. */
export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Header of the column that gives way where the lines would be wider than the terminal. */
  readonly shrink?: string;
}

const minWidth = 5;

/** Header, a row of dashes, then the rows; columns padded with spaces, a newline at the end of each line. */
export function formatTable(table: Table, columns: number): string {
  const rows = table.rows.map((row) => row.map(plainText));
  // Not a spread into Math.max: a hundred thousand rows are more arguments than a call can have.
  const widths = table.headers.map((header, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, width(row[index] ?? "")),
      Math.max(minWidth, width(header)),
    ),
  );
  shrinkColumn(table, widths, columns);
  const dashes = widths.map((size) => "-".repeat(size));
  return [table.headers, dashes, ...rows].map((row) => formatRow(row, widths)).join("");
}

function shrinkColumn(table: Table, widths: number[], columns: number): void {
  const index = table.headers.indexOf(table.shrink ?? "");
  const size = widths[index];
  if (size === undefined) return;
  const excess = widths.reduce((sum, one) => sum + one + 1, 0) - columns;
  widths[index] = Math.max(minWidth, width(table.headers[index] ?? ""), Math.min(size, size - excess));
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = widths.map((size, index) => {
    const cell = clip(cells[index] ?? "", size);
    return `${cell}${" ".repeat(size - width(cell))}`;
  });
  return `${padded.join(" ").trimEnd()}\n`;
}

/** At most so many characters, the last three of them dots where something is left out. */
export function clip(text: string, size: number): string {
  const characters = [...text];
  if (characters.length <= size) return text;
  return `${characters.slice(0, Math.max(0, size - 3)).join("")}${".".repeat(Math.min(3, size))}`;
}

function width(text: string): number {
  return [...text].length;
}

/** Lines `Name: value`, the values below each other. */
export function formatFields(fields: readonly (readonly [string, string])[]): string {
  const plain = fields.map(([name, value]) => [plainText(name), plainText(value)] as const);
  const size = Math.max(0, ...plain.map(([name]) => name.length + 2));
  return plain.map(([name, value]) => `${`${name}:`.padEnd(size)}${value}\n`).join("");
}
