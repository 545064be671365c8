import { formatResource } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import {
  listRevocations,
  workloadIdentityX509RevocationActions,
} from "../kinds/workload-identity-x509-revocation.ts";
import { verb } from "./verb.ts";

export const workloadIdentityRevocationsLs = verb<{ readonly format: Format }>({
  path: ["workload-identity", "revocations", "ls"],
  aliases: ["list"],
  summary: "list revocations of certificates of workloads",
  examples: [{ line: "tctl workload-identity revocations ls", does: "every one, and why" }],
  takes: (command) => command.addOption(formatOption()),
  run: async (tool, { format }) => {
    const revocations = await listRevocations(await tool.connect());
    const values = revocations.map((one) => formatResource("workload_identity_x509_revocation", one));
    const table = () => workloadIdentityX509RevocationActions.table(revocations as never, tool.now());
    printAnswer(tool.terminal, format, { values, table }, { wide: true });
  },
});
