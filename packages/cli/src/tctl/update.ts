import { timestampOf } from "@sallyport/api";
import { parsePairs, parseTtl } from "../arguments/parse-values.ts";
import { collect } from "../arguments/split-list.ts";
import { parseSingleReference } from "../kinds/parse-reference.ts";
import { suggestNames } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { quoted } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly setLabels?: readonly string[];
  readonly setTtl?: string;
}

export const update = verb<Options>({
  path: ["update"],
  summary: "change a remote cluster",
  details: "Labels are replaced as a whole; by them roles say who may see the cluster.",
  examples: [
    { line: "tctl update rc/leaf.example.com --set-labels=env=prod", does: "the labels of a cluster" },
    { line: "tctl update rc/leaf.example.com --set-ttl=24h", does: "forget it after a day" },
  ],
  takes: (command) =>
    command
      .argument("<kind/name>", "what to change")
      .option("--set-labels <pairs>", "KEY=VALUE, separated by commas", collect)
      .option("--set-ttl <duration>", "how long from now it is kept"),
  run: async (tool, { setLabels, setTtl }, reference = "") => {
    const { kind, name } = parseSingleReference(reference);
    if (kind !== "remote_cluster") throw new UsageError(`${kind} is changed by: tctl edit ${reference}`);
    const mask = [
      ...(setLabels === undefined ? [] : ["Metadata.Labels"]),
      ...(setTtl === undefined ? [] : ["Metadata.Expires"]),
    ];
    if (mask.length === 0) throw new UsageError("say what to change: --set-labels=PAIRS, --set-ttl=DURATION");
    const labels = Object.entries(parsePairs(setLabels ?? [], "--set-labels"));
    const Labels = Object.fromEntries(labels.map(([key, values]) => [key, values.join(",")]));
    const Expires = setTtl === undefined ? undefined : timestampOf(tool.now() + parseTtl(setTtl));
    const Metadata = { Name: name, Labels, ...(Expires === undefined ? {} : { Expires }) };
    const client = await tool.connect();
    await suggestNames(client, [{ kind, name }], () => client.remoteClusters.update({ Metadata }, mask));
    tool.terminal.print(`${kind} ${quoted(name)} has been updated\n`);
  },
});
