import { formatResource } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { listWorkloadIdentities, workloadIdentityActions } from "../kinds/workload-identity.ts";
import { verb } from "./verb.ts";

export const workloadIdentityLs = verb<{ readonly format: Format }>({
  path: ["workload-identity", "ls"],
  aliases: ["list"],
  summary: "list workload identities",
  examples: [{ line: "tctl workload-identity ls", does: "every one, with the path of its SPIFFE ID" }],
  takes: (command) => command.addOption(formatOption()),
  run: async (tool, { format }) => {
    const identities = await listWorkloadIdentities(await tool.connect());
    const values = identities.map((identity) => formatResource("workload_identity", identity));
    const table = () => workloadIdentityActions.table(identities as never, tool.now());
    printAnswer(tool.terminal, format, { values, table });
  },
});
