import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { type Format, formatOption } from "../arguments/format-option.ts";
import { collect } from "../arguments/split-list.ts";
import { formatJsonValue, formatYamlDocument } from "../documents/format-documents.ts";
import { describeFileError } from "../documents/read-source.ts";
import { inventoryOf } from "../reconcile/inventory.ts";
import { knownAddresses } from "../reconcile/known-addresses.ts";
import { readLines } from "../reconcile/read-lines.ts";
import { isAlarm, type ReconcileReport, reconcileLogins } from "../reconcile/reconcile-logins.ts";
import { findingTable, reportValue, sortFindings, summaryOf } from "../reconcile/show-report.ts";
import { exitCodes } from "../terminal/exit-code.ts";
import { formatTable } from "../terminal/table.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly format: Format;
  readonly known?: readonly string[];
}

export const certsReconcile = verb<Options>({
  path: ["certs", "reconcile"],
  summary: "hold the log of an SSH server against what was issued",
  details:
    "Reads auth.log, what sshd -E writes, and journalctl -o json or json-pretty. It reports certificates that were used but never " +
    "issued (or issued before there was an inventory), that were used when they were revoked or not valid, and that " +
    "were used from an address from which their user never asked for one. Ends with 1 where it found any but the last.\n\n" +
    "Whoever may log can write lines of a plain log under the name of sshd; the journal tells them apart. Where sshd logs " +
    "MD5 fingerprints (FingerprintHash md5), certificates are judged by their serial number and the authorities that the " +
    "cluster has now; keys without a certificate cannot be found by them, and are counted.",
  examples: [
    { line: "tctl certs reconcile < /var/log/auth.log", does: "a log from standard input" },
    { line: "journalctl -o json -t sshd -t sshd-session | tctl certs reconcile", does: "the journal" },
    {
      line: "tctl certs reconcile --known=10.0.0.0/8 --format=json auth.log auth.log.1",
      does: "files, for a program; the own network is nothing new",
    },
  ],
  takes: (command) =>
    command
      .argument("[files...]", "logs; standard input without one and for -")
      .addOption(formatOption())
      .option("--known <addresses>", "addresses or ranges that are nothing new; may be repeated", collect),
  run: async (tool, { format, known = [] }, ...files) => {
    const isKnownAddress = knownAddresses(known);
    const client = await tool.connect();
    const lines = linesOf(tool, files.length === 0 ? ["-"] : files);
    const report = await reconcileLogins(lines, inventoryOf(client), { now: tool.now(), isKnownAddress });
    tool.terminal.print(formatReport(format, report));
    if (isAlarm(report)) tool.terminal.exitCode = exitCodes.failure;
  },
});

async function* linesOf(tool: Tool, files: readonly string[]): AsyncGenerator<string | undefined> {
  for (const file of files) {
    const chunks =
      file === "-" ? tool.terminal.readChunks() : createReadStream(resolve(tool.workingDir, file));
    try {
      yield* readLines(chunks);
    } catch (error) {
      throw describeFileError(file, error);
    }
  }
}

function formatReport(format: Format, report: ReconcileReport): string {
  if (format === "json") return formatJsonValue(reportValue(report), 4);
  if (format === "yaml") return formatYamlDocument(reportValue(report));
  const findings = sortFindings(report.findings);
  const table = findings.length === 0 ? "" : formatTable(findingTable(findings), Number.POSITIVE_INFINITY);
  return `${table}${table === "" ? "" : "\n"}${summaryOf(report)}\n`;
}
