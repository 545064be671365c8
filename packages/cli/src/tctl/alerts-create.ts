import { randomUUID } from "node:crypto";
import { timestampOf } from "@sallyport/api";
import { Option } from "commander";
import { parsePairs, parseTtl } from "../arguments/parse-values.ts";
import { collect } from "../arguments/split-list.ts";
import { severities } from "../kinds/cluster-alert.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly severity: keyof typeof severities;
  readonly ttl?: string;
  readonly labels: readonly string[];
}

/** Shown to everyone who logs in. */
const everyone = {
  "teleport.internal/alert-on-login": ["yes"],
  "teleport.internal/alert-permit-all": ["yes"],
};

export const alertsCreate = verb<Options>({
  path: ["alerts", "create"],
  summary: "tell the people of the cluster something",
  examples: [
    { line: "tctl alerts create 'down for an hour at noon' --severity=high --ttl=4h", does: "to everyone" },
  ],
  takes: (command) =>
    command
      .argument("<message>")
      .addOption(
        new Option("--severity <word>", "how urgent").choices(Object.keys(severities)).default("low"),
      )
      .option("--ttl <duration>", "how long it is shown")
      .option(
        "--labels <pairs>",
        "KEY=VALUE, separated by commas; without them it is for everyone",
        collect,
        [],
      ),
  run: async (tool, options, message = "") => {
    const named = parsePairs(options.labels, "--labels");
    const labels = Object.entries(options.labels.length === 0 ? everyone : named);
    const expiresAt = options.ttl === undefined ? undefined : tool.now() + parseTtl(options.ttl);
    const Name = randomUUID();
    const client = await tool.connect();
    await client.auth.upsertClusterAlert({
      Alert: {
        Header: {
          Kind: "cluster_alert",
          Version: "v1",
          Metadata: {
            Name,
            Namespace: "default",
            Expires: timestampOf(expiresAt),
            Labels: Object.fromEntries(labels.map(([key, values]) => [key, values.join(",")])),
          },
        },
        Spec: { Message: message, Severity: severities[options.severity], Created: timestampOf(tool.now()) },
      },
    });
    tool.terminal.print(`cluster alert ${JSON.stringify(Name)} has been created\n`);
  },
});
