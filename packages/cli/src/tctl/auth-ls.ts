import { AppError } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { verb } from "./verb.ts";

/** What there is to see of a server; others may send more, which json and yaml show as it is. */
interface ServerDocument {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly addr?: string; readonly hostname?: string; readonly version?: string };
}

export const authLs = verb<{ readonly format: Format }>({
  path: ["auth", "ls"],
  summary: "list the auth servers of the cluster",
  examples: [{ line: "tctl auth ls --format=text", does: "their names, addresses and versions" }],
  takes: (command) => command.addOption(formatOption("yaml")),
  run: async (tool, { format }) => {
    const client = await tool.connect();
    const servers = await client.json({ method: "GET", path: "/v2/authservers" });
    if (!Array.isArray(servers)) throw new AppError("INTERNAL", "the auth service answered with no list");
    printAnswer(tool.terminal, format, { values: servers, table: () => toTable(servers) });
  },
});

function toTable(servers: readonly ServerDocument[]) {
  const rows = servers.map(({ metadata, spec }) => [
    String(spec?.hostname ?? ""),
    String(metadata?.name ?? ""),
    String(spec?.addr ?? ""),
    String(spec?.version ?? ""),
  ]);
  return { headers: ["Host", "UUID", "Address", "Version"], rows };
}
