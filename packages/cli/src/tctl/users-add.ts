import { formatOption } from "../arguments/format-option.ts";
import { collect } from "../arguments/split-list.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { quoted } from "../terminal/plain-text.ts";
import {
  checkRoles,
  inviteLink,
  makeLink,
  parseLinkTtl,
  printLink,
  warnWithoutProxy,
} from "../users/invite.ts";
import { namedTraits, takeTraits } from "../users/traits.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly roles: readonly string[];
  readonly ttl: string;
  readonly format: string;
}

export const usersAdd = verb<Options>({
  path: ["users", "add"],
  summary: "create a user and print a link to sign up with",
  examples: [
    {
      line: "tctl users add alice --roles=access,requester --logins=alice,root",
      does: "a person with two roles",
    },
  ],
  takes: (command) =>
    takeTraits(
      command
        .argument("<name>")
        .requiredOption("--roles <names>", "roles, separated by commas", collect)
        .option("--ttl <duration>", "how long the link is good for, at most 48h", "1h")
        .addOption(formatOption("text", ["text", "json"])),
      "",
    ),
  run: async (tool, options, name = "") => {
    if (options.roles.length === 0) throw new UsageError("--roles names no role");
    const ttlMs = parseLinkTtl(options.ttl, inviteLink);
    const Traits = { Values: namedTraits({ ...options }, "") };
    const client = await tool.connect();
    await checkRoles(client, options.roles);
    await client.users.create({
      Kind: "user",
      Version: "v2",
      Metadata: { Name: name, Namespace: "default" },
      Spec: { Roles: [...options.roles], Traits },
    });
    tool.terminal.note(`user ${quoted(name)} has been created`);
    printLink(tool, name, inviteLink, await makeLink(client, name, inviteLink, ttlMs), options.format);
    await warnWithoutProxy(tool, client, name);
  },
});
