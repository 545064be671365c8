import { formatResource } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { tokenActions } from "../kinds/token.ts";
import { verb } from "./verb.ts";

export const tokensLs = verb<{ readonly format: Format }>({
  path: ["tokens", "ls"],
  aliases: ["list"],
  summary: "list join tokens",
  examples: [{ line: "tctl tokens ls", does: "every token, what it is for, and when it ends" }],
  takes: (command) => command.addOption(formatOption()),
  run: async (tool, { format }) => {
    const client = await tool.connect();
    const tokens = await client.tokens.list();
    const values = tokens.map((token) => formatResource("token", token));
    const table = () => tokenActions.table(tokens as never, tool.now());
    printAnswer(tool.terminal, format, { values, table }, { wide: true });
  },
});
