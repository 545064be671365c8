import { suggestNames } from "../kinds/suggest-names.ts";
import { quoted } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

export const workloadIdentityRm = verb({
  path: ["workload-identity", "rm"],
  aliases: ["del"],
  summary: "remove a workload identity",
  details:
    "Credentials that were issued for it stay good until they end; to end one: tctl workload-identity revocations add.",
  examples: [{ line: "tctl workload-identity rm web", does: "no workload gets it any more" }],
  takes: (command) => command.argument("<name>", "which one"),
  run: async (tool, _options, name = "") => {
    const client = await tool.connect();
    const named = [{ kind: "workload_identity", name }] as const;
    await suggestNames(client, named, () => client.workloadIdentities.delete(name));
    tool.terminal.print(`workload identity ${quoted(name)} has been deleted\n`);
  },
});
