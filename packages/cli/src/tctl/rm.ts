import { actionsOf } from "../kinds/index.ts";
import { parseSingleReference } from "../kinds/parse-reference.ts";
import { suggestNames } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { quoted } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

const singletons = ["cluster_auth_preference", "cluster_networking_config", "session_recording_config"];

export const rm = verb({
  path: ["rm"],
  aliases: ["del"],
  summary: "remove a resource",
  details: "Configuration of which the cluster has one is reset to its defaults.",
  examples: [
    { line: "tctl rm user/access-plugin", does: "one user" },
    { line: "tctl rm lock/3c1ff4e8-7b3c-4b0c-8b5e-9d1c6a0f5d11", does: "end a lock" },
    { line: "tctl rm cap", does: "back to the default authentication preference" },
  ],
  takes: (command) => command.argument("<kind/name>", "what to remove"),
  run: async (tool, _options, reference = "") => {
    const { kind, name } = parseSingleReference(reference);
    const { remove } = actionsOf[kind];
    if (remove === undefined) {
      const instead = kind === "access_request" ? "; use: tctl requests rm" : "";
      throw new UsageError(`${kind} cannot be removed this way${instead}`);
    }
    const client = await tool.connect();
    await suggestNames(client, [{ kind, name }], () => remove(client, name));
    const done = singletons.includes(kind)
      ? "has been reset to defaults"
      : `${quoted(name)} has been deleted`;
    tool.terminal.print(`${kind} ${done}\n`);
  },
});
