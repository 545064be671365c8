import { Option } from "commander";
import { formatJson, formatYaml } from "../documents/format-documents.ts";
import { formatTable, type Table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const formats = ["text", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** `--format`, refused for any other word. */
export function formatOption(usual: Format = "text"): Option {
  return new Option("--format <format>", "how the answer is written").choices(formats).default(usual);
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
  if (format === "json") return terminal.print(formatJson(answer.values, options.indent ?? 4));
  if (format === "yaml") return terminal.print(formatYaml(answer.values));
  terminal.print(
    formatTable(answer.table(), options.wide === true ? Number.POSITIVE_INFINITY : terminal.columns),
  );
}
