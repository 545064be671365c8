import { showState } from "../access-requests/show-request.ts";
import { splitList } from "../arguments/split-list.ts";
import { exitCodes } from "../terminal/exit-code.ts";
import { plainText } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

export const requestsRm = verb<{ readonly force?: boolean }>({
  path: ["requests", "rm"],
  summary: "remove access requests",
  details:
    "Certificates that a request brought stay valid until they end; to end them at once: tctl lock --access-request=ID.",
  examples: [
    { line: "tctl requests rm ID", does: "remove one that is not approved" },
    { line: "tctl requests rm -f ID", does: "remove it also where it is approved" },
  ],
  takes: (command) =>
    command.argument("<ids>", "one id, or several with commas").option("-f, --force", "also approved ones"),
  run: async (tool, { force }, words = "") => {
    const ids = splitList(words);
    const client = await tool.connect();
    const requests = await Promise.all(ids.map((id) => client.accessRequests.get(id)));
    const approved = requests.filter((request) => showState(request) === "APPROVED");
    if (approved.length > 0 && force !== true) {
      const names = approved.map(({ Metadata }) => plainText(Metadata?.Name ?? "")).join(", ");
      tool.terminal.note(
        `tctl: approved: ${names}; nothing was removed. With -f they are. What they brought stays valid: lock it.`,
      );
      tool.terminal.exitCode = exitCodes.failure;
      return;
    }
    for (const id of ids) {
      await client.accessRequests.delete(id);
      tool.terminal.print(`access request ${plainText(id)} has been removed\n`);
    }
  },
});
