import { formatResource, isJsonObject, parseResource, type UserInit, type UserV2 } from "@sallyport/api";
import { collect } from "../arguments/split-list.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { plainText, quoted } from "../terminal/plain-text.ts";
import { checkRoles } from "../users/invite.ts";
import { type NamedTraits, namedTraits, takeTraits } from "../users/traits.ts";
import { verb } from "./verb.ts";

export const usersUpdate = verb<{ readonly setRoles?: readonly string[] }>({
  path: ["users", "update"],
  summary: "change roles or traits of a user",
  details: "What is not named stays. A change that somebody else makes at the same time is not overwritten.",
  examples: [
    {
      line: "tctl users update alice --set-roles=access,reviewer",
      does: "new roles in place of the old ones",
    },
    { line: "tctl users update alice --set-logins=alice", does: "new logins" },
  ],
  takes: (command) =>
    takeTraits(
      command.argument("<name>").option("--set-roles <names>", "roles, separated by commas", collect),
      "set-",
    ),
  run: async (tool, options, name = "") => {
    const { setRoles } = options;
    const traits = namedTraits({ ...options }, "set-");
    const changes = [
      ...(setRoles === undefined ? [] : [["roles", setRoles.join(",")] as const]),
      ...Object.entries(traits).map(([trait, { Values }]) => [trait, Values.join(",")] as const),
    ];
    if (changes.length === 0) throw new UsageError("say what to change, for example --set-roles=NAMES");
    if (setRoles?.length === 0) throw new UsageError("--set-roles names no role");
    const client = await tool.connect();
    const [user] = await Promise.all([
      suggestNames(client, [userNamed(name)], () => client.users.get(name)),
      checkRoles(client, setRoles ?? []),
    ]);
    await client.users.update(changeUser(user, setRoles, traits));
    tool.terminal.print(`user ${quoted(name)} has been updated:\n`);
    for (const [what, value] of changes) tool.terminal.print(`  ${what}: ${plainText(value)}\n`);
  },
});

/** By way of the document, which is plain data; the revision in it makes the update conditional. */
function changeUser(user: UserV2, roles: readonly string[] | undefined, traits: NamedTraits): UserInit {
  const document = formatResource("user", user);
  const { spec } = document;
  const before = isJsonObject(spec) ? spec : {};
  const kept = isJsonObject(before.traits) ? before.traits : {};
  const named = Object.entries(traits).map(([trait, { Values }]) => [trait, Values]);
  const changed = {
    ...before,
    roles: roles ?? before.roles,
    traits: { ...kept, ...Object.fromEntries(named) },
  };
  const { kind, message } = parseResource({ ...document, spec: changed });
  if (kind !== "user") throw new TypeError("a user stays a user");
  return message;
}
