import {
  type AccessRequestRecord,
  type AccessRequestState,
  type AccessRequestV3,
  accessRequestStates,
  formatResource,
  instantOf,
} from "@sallyport/api";
import { Option } from "commander";
import { formatRfc822, requestTable } from "../access-requests/show-request.ts";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { parseInstant } from "../arguments/parse-values.ts";
import type { Client } from "../connection/client.ts";
import { gather } from "../connection/gather.ts";
import { UsageError } from "../terminal/exit-code.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly format: Format;
  readonly sortIndex: "created" | "state";
  readonly sortOrder: "ascending" | "descending";
  readonly user?: string;
  readonly state?: string;
  readonly history?: boolean;
  readonly from?: string;
  readonly to?: string;
}

export const requestsLs = verb<Options>({
  path: ["requests", "ls"],
  aliases: ["list"],
  summary: "list access requests",
  examples: [
    { line: "tctl requests ls", does: "the live ones, newest first" },
    {
      line: "tctl requests ls --state=pending --format=json",
      does: "those that wait for an answer, for a program",
    },
    { line: "tctl requests ls --history --user=alice", does: "what became of the earlier ones of a user" },
  ],
  takes: (command) =>
    command
      .addOption(formatOption())
      .addOption(new Option("--sort-index <field>", "order").choices(["created", "state"]).default("created"))
      .addOption(
        new Option("--sort-order <direction>", "direction")
          .choices(["descending", "ascending"])
          .default("descending"),
      )
      .option("--user <name>", "only those of this user")
      .option("--state <state>", accessRequestStates.join(", ").toLowerCase())
      .option("--history", "requests that have expired or were removed")
      .option("--from <time>", "history: ended then or later, such as 2026-01-31T12:00:00Z")
      .option("--to <time>", "history: ended before"),
  run: async (tool, options) => {
    const state = parseState(options.state);
    if (options.history === true) return listHistory(tool, options, state);
    if (options.from !== undefined || options.to !== undefined) {
      throw new UsageError("--from and --to go with --history");
    }
    const requests = await listLive(await tool.connect(), options, state, tool.now());
    printRequests(tool, options.format, requests);
  },
});

function parseState(text: string | undefined): AccessRequestState | undefined {
  const state = accessRequestStates.find((one) => one === text?.toUpperCase());
  if (text === undefined || state !== undefined) return state;
  throw new UsageError(`--state is one of ${accessRequestStates.join(", ").toLowerCase()}`);
}

/** Without those whose access is over: nobody can use or answer them any more. */
async function listLive(
  client: Client,
  { user, sortIndex, sortOrder }: Options,
  state: AccessRequestState | undefined,
  now: number,
): Promise<AccessRequestV3[]> {
  const sort = sortIndex === "state" ? "STATE" : "CREATED";
  const descending = sortOrder === "descending";
  const requests = await gather(client.accessRequests.list({ user, state }, { sort, descending }));
  return requests.filter((request) => (instantOf(request.Spec?.Expires) ?? now + 1) > now);
}

function printRequests(tool: Tool, format: Format, requests: readonly AccessRequestV3[]): void {
  const { table, remarks } = requestTable(requests, tool.now());
  const values = requests.map((request) => formatResource("access_request", request));
  printAnswer(tool.terminal, format, { values, table: () => table }, { indent: 2, wide: true });
  if (format === "text") for (const remark of remarks) tool.terminal.print(`\n${remark}\n`);
}

async function listHistory(
  tool: Tool,
  options: Options,
  state: AccessRequestState | undefined,
): Promise<void> {
  const client = await tool.connect();
  const filter = {
    user: options.user,
    state,
    fromAt: options.from === undefined ? undefined : parseInstant(options.from, "--from"),
    toAt: options.to === undefined ? undefined : parseInstant(options.to, "--to"),
  };
  const records = await gather(client.accessRequests.history(filter));
  const answer = { values: records.map(recordValue), table: () => historyTable(records, tool.now()) };
  printAnswer(tool.terminal, options.format, answer, { indent: 2, wide: true });
}

function recordValue({ request, ended, ending }: AccessRequestRecord) {
  const endedAt = instantOf(ended);
  return {
    request: request === undefined ? null : formatResource("access_request", request),
    ended: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    ending,
  };
}

function historyTable(records: readonly AccessRequestRecord[], now: number) {
  const { table } = requestTable(
    records.flatMap(({ request }) => request ?? []),
    now,
  );
  const left = table.headers.flatMap((header, index) => (header.endsWith("TTL") ? [] : [index]));
  const pick = (row: readonly string[]) => left.map((index) => row[index] ?? "");
  const endings = records
    .filter(({ request }) => request !== undefined)
    .map(({ ended, ending }) => {
      const endedAt = instantOf(ended);
      return [endedAt === undefined ? "" : formatRfc822(endedAt), ending];
    });
  return {
    headers: [...pick(table.headers), "Ended At (UTC)", "Ending"],
    rows: table.rows.map((row, index) => [...pick(row), ...(endings[index] ?? [])]),
  };
}
