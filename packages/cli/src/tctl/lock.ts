import { parseInstant, parseTtl } from "../arguments/parse-values.ts";
import type { Client } from "../connection/client.ts";
import { describeMissing } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly message?: string;
  readonly expires?: string;
  readonly ttl?: string;
  readonly [target: string]: string | undefined;
}

/** Option of commander → field of the wire. */
const targets = {
  user: "User",
  role: "Role",
  login: "Login",
  mfaDevice: "MFADevice",
  windowsDesktop: "WindowsDesktop",
  accessRequest: "AccessRequest",
  device: "Device",
  serverId: "ServerID",
} as const;

export const lock = verb<Options>({
  path: ["lock"],
  summary: "lock out a user, a role, a request or a machine at once",
  details: "Prints the name of the lock. It ends when it expires or is removed with: tctl rm lock/NAME.",
  examples: [
    { line: "tctl lock --user=alice --ttl=10h --message='on call hand-over'", does: "a user, for ten hours" },
    {
      line: "tctl lock --access-request=0193f5c8-6a7e-7c3b-9a55-2f0d5b3e7f10",
      does: "what one request brought",
    },
  ],
  takes: (command) =>
    command
      .option("--user <name>", "this user")
      .option("--role <name>", "everyone who holds this role")
      .option("--login <name>", "this login on every host")
      .option("--mfa-device <id>", "this second factor")
      .option("--windows-desktop <name>", "this desktop")
      .option("--access-request <id>", "every certificate of this request")
      .option("--device <id>", "this trusted device")
      .option("--server-id <id>", "this host or service")
      .option("--message <text>", "why; told with the lock, and where it refuses a new certificate")
      .option("--expires <time>", "when the lock ends, such as 2026-01-31T12:00:00Z")
      .option("--ttl <duration>", "how long it lasts, such as 10h or 14d"),
  run: async (tool, options) => {
    const chosen = Object.entries(targets).flatMap(([option, field]) => {
      const value = options[option];
      return value === undefined || value === "" ? [] : [[field, value] as const];
    });
    if (chosen.length === 0) throw new UsageError("say what to lock, for example: tctl lock --user=NAME");
    const expiresAt = parseEnd(options, tool.now());
    const client = await tool.connect();
    const name = await client.locks.put({
      target: Object.fromEntries(chosen),
      message: options.message,
      expiresAt,
    });
    tool.terminal.print(`lock ${JSON.stringify(name)} has been created\n`);
    await warnOfUnknown(client, tool.terminal, options);
  },
});

/**
 * A lock may name who is not there: somebody of another cluster, or a role that is made later. But a lock is made in
 * haste, and one with a slip of the finger stops nobody. The lock stands already, whatever is found out here.
 */
async function warnOfUnknown(client: Client, terminal: Terminal, options: Options): Promise<void> {
  for (const kind of ["user", "role"] as const) {
    const name = options[kind];
    if (name === undefined || name === "") continue;
    const missing = await describeMissing(client, { kind, name });
    // Roles of services, such as Node, are nobody's to list: only one that is near to another is a slip.
    if (missing === undefined || (kind === "role" && missing.hint === "")) continue;
    const { says, hint } = missing;
    terminal.note(`warning: ${plainText(`${says}; the lock stops nobody yet. ${hint}`.trim())}`);
  }
}

function parseFuture(text: string, now: number): number {
  const at = parseInstant(text, "--expires");
  if (at > now) return at;
  throw new UsageError(`--expires ${JSON.stringify(text)} is over, so the lock would lock nobody`);
}

function parseEnd({ expires, ttl }: Options, now: number): number | undefined {
  if (expires !== undefined && ttl !== undefined) throw new UsageError("name either --expires or --ttl");
  if (expires !== undefined) return parseFuture(expires, now);
  return ttl === undefined ? undefined : now + parseTtl(ttl);
}
