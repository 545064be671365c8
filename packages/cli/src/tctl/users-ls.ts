import { formatResource } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { gather } from "../connection/gather.ts";
import { userActions } from "../kinds/user.ts";
import { verb } from "./verb.ts";

export const usersLs = verb<{ readonly format: Format }>({
  path: ["users", "ls"],
  aliases: ["list"],
  summary: "list users",
  examples: [{ line: "tctl users ls", does: "names and roles" }],
  takes: (command) => command.addOption(formatOption()),
  run: async (tool, { format }) => {
    const client = await tool.connect();
    const users = await gather(client.users.list());
    users.sort((a, b) => ((a.Metadata?.Name ?? "") < (b.Metadata?.Name ?? "") ? -1 : 1));
    const values = users.map((user) => formatResource("user", user));
    printAnswer(
      tool.terminal,
      format,
      { values, table: () => userActions.table(users as never, tool.now()) },
      { wide: true },
    );
  },
});
