import { Option } from "commander";
import { formatJson, formatYaml } from "../documents/format-documents.ts";
import { formatTable, type Table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const formats = ["text", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** `--format`, refused for any other word. */
export function formatOption(usual: Format = "text", served: readonly Format[] = formats): Option {
  return new Option("--format <format>", "how the answer is written").choices(served).default(usual);
}

/** What a command answers, in every format. */
export interface Answer {
  /** Plain values for `json` and `yaml`. */
  readonly values: readonly unknown[];
  readonly table: () => Table;
}

/** Writes a list in the format that was asked for. `wide` leaves no column out of sight. */
export function printAnswer(
  terminal: Terminal,
  format: Format,
  answer: Answer,
  options: { readonly indent?: number; readonly wide?: boolean } = {},
): void {
  terminal.print(formatAnswer(format, answer, options, terminal.columns));
}

function formatAnswer(
  format: Format,
  answer: Answer,
  { indent = 4, wide = false }: { readonly indent?: number; readonly wide?: boolean },
  columns: number,
): string {
  if (format === "json") return formatJson(answer.values, indent);
  if (format === "yaml") return formatYaml(answer.values);
  return formatTable(answer.table(), wide ? Number.POSITIVE_INFINITY : columns);
}
