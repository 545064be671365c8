import { formatOption } from "../arguments/format-option.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { makeLink, parseLinkTtl, printLink, resetLink, warnWithoutProxy } from "../users/invite.ts";
import { verb } from "./verb.ts";

export const usersReset = verb<{ readonly ttl: string; readonly format: string }>({
  path: ["users", "reset"],
  summary: "print a link with which a user chooses a new password",
  examples: [{ line: "tctl users reset alice --ttl=2h", does: "a link for two hours" }],
  takes: (command) =>
    command
      .argument("<name>")
      .option("--ttl <duration>", "how long the link is good for, at most 24h", "8h")
      .addOption(formatOption("text", ["text", "json"])),
  run: async (tool, options, name = "") => {
    const ttlMs = parseLinkTtl(options.ttl, resetLink);
    const client = await tool.connect();
    const token = await suggestNames(client, [userNamed(name)], () =>
      makeLink(client, name, resetLink, ttlMs),
    );
    printLink(tool, name, resetLink, token, options.format);
    await warnWithoutProxy(tool, client, name);
  },
});
