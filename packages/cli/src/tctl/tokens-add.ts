import { randomBytes } from "node:crypto";
import { formatDuration, timestampOf } from "@sallyport/api";
import { formatOption } from "../arguments/format-option.ts";
import { parsePairs, parseTtl } from "../arguments/parse-values.ts";
import { collect } from "../arguments/split-list.ts";
import { formatJson } from "../documents/format-documents.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly type: readonly string[];
  readonly value?: string;
  readonly labels: readonly string[];
  readonly ttl: string;
  readonly format: string;
}

/** What people type → the name of the system role. */
const systemRoles: Readonly<Record<string, string>> = {
  node: "Node",
  proxy: "Proxy",
  auth: "Auth",
  kube: "Kube",
  app: "App",
  db: "Db",
  windowsdesktop: "WindowsDesktop",
  discovery: "Discovery",
  bot: "Bot",
  okta: "Okta",
  mdm: "MDM",
  trusted_cluster: "Trusted_cluster",
};

export const tokensAdd = verb<Options>({
  path: ["tokens", "add"],
  summary: "create a token with which machines join the cluster",
  examples: [{ line: "tctl tokens add --type=node --ttl=1h", does: "a token for hosts, for one hour" }],
  takes: (command) =>
    command
      .requiredOption("--type <types>", Object.keys(systemRoles).join(", "), collect)
      .option("--value <token>", "the token itself; better left out, since a command line is not secret")
      .option("--labels <pairs>", "KEY=VALUE, separated by commas", collect, [])
      .option("--ttl <duration>", "how long it is good for", "30m")
      .addOption(formatOption("text", ["text", "json"])),
  run: async (tool, options) => {
    const roles = options.type.map(systemRole);
    const labels = Object.entries(parsePairs(options.labels, "--labels"));
    const ttlMs = parseTtl(options.ttl);
    const name = options.value ?? randomBytes(16).toString("hex");
    const expiresAt = tool.now() + ttlMs;
    const client = await tool.connect();
    await client.tokens.create({
      Kind: "token",
      Version: "v2",
      Metadata: {
        Name: name,
        Namespace: "default",
        Expires: timestampOf(expiresAt),
        Labels: Object.fromEntries(labels.map(([key, values]) => [key, values.join(",")])),
      },
      Spec: { Roles: roles, JoinMethod: "token" },
    });
    if (options.format === "json") {
      const value = { token: name, roles, expires: new Date(expiresAt).toISOString() };
      return tool.terminal.print(formatJson([value], 4));
    }
    tool.terminal.print(`${name}\n`);
    tool.terminal.note(`a join token for ${roles.join(", ")}, good for ${formatDuration(ttlMs)}`);
  },
});

function systemRole(type: string): string {
  const role = systemRoles[type.toLowerCase()];
  if (role !== undefined) return role;
  throw new UsageError(`--type ${JSON.stringify(type)} is none of ${Object.keys(systemRoles).join(", ")}`);
}
