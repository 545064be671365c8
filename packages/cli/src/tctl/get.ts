import {
  formatResource,
  type KindName,
  type Resource,
  type ResourceMessage,
  resourceKinds,
  resourceName,
} from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { splitList } from "../arguments/split-list.ts";
import type { Client } from "../connection/client.ts";
import { actionsOf } from "../kinds/index.ts";
import { parseReference, type Reference } from "../kinds/parse-reference.ts";
import { suggestNames } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly format: Format;
  readonly withSecrets?: boolean;
  readonly verbose?: boolean;
}

export const get = verb<Options>({
  path: ["get"],
  summary: "show resources",
  details: `KIND is ${resourceKinds.map(({ kind }) => kind).join(", ")}, or all for everything.`,
  examples: [
    { line: "tctl get users", does: "every user, as YAML that create -f takes" },
    { line: "tctl get role/access-plugin", does: "one role" },
    { line: "tctl get roles --format=text", does: "the roles as a table" },
    { line: "tctl get users,roles > backup.yaml", does: "several kinds" },
  ],
  takes: (command) =>
    command
      .argument("<kinds>", "KIND or KIND/NAME; several with commas")
      .addOption(formatOption("yaml"))
      .option("--with-secrets", "with private keys, for those who may read them")
      .option("-v, --verbose", "text: leave nothing out"),
  run: async (tool, options, words = "") => {
    const references = parseReferences(words);
    const [first] = references;
    if (references.length > 1 && options.format !== "yaml") {
      throw new UsageError("several kinds at once are shown as yaml only");
    }
    const client = await tool.connect();
    const withSecrets = options.withSecrets === true;
    const found = await Promise.all(references.map((one) => read(client, one, withSecrets)));
    const resources = found.flat();
    const answer = {
      values: resources.map(({ kind, message }) => formatResource(kind, message)),
      table: () =>
        actionsOf[first?.kind ?? "user"].table(
          resources.map(({ message }) => message as never),
          tool.now(),
        ),
    };
    printAnswer(tool.terminal, options.format, answer, { wide: options.verbose === true });
  },
});

function parseReferences(words: string): Reference[] {
  const all = splitList(words);
  if (all.length === 0) throw new UsageError("say what to get, for example: tctl get users");
  if (all.includes("all")) return resourceKinds.map(({ kind }) => ({ kind, name: undefined }));
  return all.map(parseReference);
}

/** Lists are in the order of names, so that the same cluster always prints the same. */
async function read(client: Client, { kind, name }: Reference, withSecrets: boolean): Promise<Resource[]> {
  const actions = actionsOf[kind];
  const messages: readonly ResourceMessage<KindName>[] =
    name === undefined
      ? await actions.list(client, { withSecrets })
      : [await suggestNames(client, [{ kind, name }], () => actions.get(client, name, { withSecrets }))];
  const resources = messages.map((message) => ({ kind, message }) as Resource);
  const names = new Map(resources.map((one) => [one, resourceName(one)]));
  const order = (one: Resource) => names.get(one) ?? "";
  return resources.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
