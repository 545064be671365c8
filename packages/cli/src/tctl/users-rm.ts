import { splitList } from "../arguments/split-list.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { quoted } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

export const usersRm = verb({
  path: ["users", "rm"],
  aliases: ["del"],
  summary: "remove users",
  details: "Certificates of a user stay valid until they end; to end them at once: tctl lock --user=NAME.",
  examples: [{ line: "tctl users rm alice,bob", does: "two users" }],
  takes: (command) => command.argument("<names>", "one name, or several with commas"),
  run: async (tool, _options, names = "") => {
    const client = await tool.connect();
    for (const name of splitList(names)) {
      await suggestNames(client, [userNamed(name)], () => client.users.delete(name));
      tool.terminal.print(`user ${quoted(name)} has been deleted\n`);
    }
  },
});
