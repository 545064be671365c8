import { type Quantity, type Row, verdictOf } from "./row.ts";

const columns = ["scenario", "calls/s", "server CPU µs/call", "measured", "target", "verdict"];

/** The rows as a table of text, which is Markdown as well. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  const format = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => pad(cell, widths[index] ?? 0, index)).join(" | ")} |`;
  const rule = `|${widths.map((width, index) => (isText(index) ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const [head = [], ...body] = lines;
  return [format(head), rule, ...body.map(format)].join("\n");
}

function cellsOf(row: Row): string[] {
  const { scenario, callsPerSecond, cpuUs, measured } = row;
  return [
    scenario,
    callsPerSecond === undefined ? "" : Math.round(callsPerSecond).toLocaleString("en"),
    cpuUs === undefined ? "" : cpuUs.toFixed(1),
    measured === undefined ? "" : formatQuantity(measured),
    formatBounds(row),
    verdictOf(row),
  ];
}

function formatBounds({ measured, target, floor }: Row): string {
  if (measured === undefined) return "";
  const format = (sign: string, value: number | undefined) =>
    value === undefined ? [] : [`${sign} ${formatQuantity({ ...measured, value })}`];
  return [...format("≤", target), ...format("≥", floor)].join(", ");
}

function formatQuantity({ value, unit }: Quantity): string {
  return unit === "ms" || unit === "MB" ? `${Math.round(value)} ${unit}` : `${value.toFixed(2)} ${unit}`;
}

const isText = (column: number) => column === 0 || column === columns.length - 1;

const pad = (cell: string, width: number, column: number) =>
  isText(column) ? cell.padEnd(width) : cell.padStart(width);
