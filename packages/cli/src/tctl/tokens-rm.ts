import { verb } from "./verb.ts";

export const tokensRm = verb({
  path: ["tokens", "rm"],
  aliases: ["del"],
  summary: "remove a join token",
  examples: [
    { line: "tctl tokens rm 0123456789abcdef0123456789abcdef", does: "machines can no longer join with it" },
  ],
  takes: (command) => command.argument("<token>"),
  run: async (tool, _options, token = "") => {
    const client = await tool.connect();
    await client.tokens.delete(token);
    tool.terminal.print("the token has been deleted\n");
  },
});
