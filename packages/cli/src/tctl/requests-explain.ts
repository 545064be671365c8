import { parseResourceId } from "../access-requests/parse-resource-id.ts";
import { explanationValue, formatExplanation } from "../access-requests/show-explanation.ts";
import { suggestRequestable } from "../access-requests/suggest-requestable.ts";
import { type Format, formatOption } from "../arguments/format-option.ts";
import { collect } from "../arguments/split-list.ts";
import { formatJsonValue, formatYamlDocument } from "../documents/format-documents.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { exitCodes, UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly roles: readonly string[];
  readonly resource: readonly string[];
  readonly request?: string;
  readonly reviewer?: string;
  readonly format: Format;
}

export const requestsExplain = verb<Options>({
  path: ["requests", "explain"],
  summary: "say which role and rule lets a user ask or review, or forbids it",
  details: "The answer comes from the decision that the auth service enforces. Exit code 1 where it is a no.",
  examples: [
    { line: "tctl requests explain alice --roles=ops", does: "may alice ask for ops?" },
    {
      line: "tctl requests explain --request=ID --reviewer=bob",
      does: "may bob review it, and what is missing?",
    },
  ],
  takes: (command) =>
    command
      .argument("[user]", "who would ask")
      .option("--roles <names>", "for these roles, separated by commas", collect, [])
      .option("--resource <id>", "for /CLUSTER/KIND/NAME; may be repeated", collect, [])
      .option("--request <id>", "a request that exists")
      .option("--reviewer <user>", "also whether this user may review")
      .addOption(formatOption()),
  run: async (tool, options, user = "") => {
    const { roles, request = "", reviewer = "", format } = options;
    const resourceIds = options.resource.map(parseResourceId);
    if (request === "" && (user === "" || (roles.length === 0 && resourceIds.length === 0))) {
      throw new UsageError("name a user with --roles or --resource, or a request with --request");
    }
    const client = await tool.connect();
    const question = { user, roles: [...roles], resourceIds, requestId: request, reviewer };
    const people = [user, reviewer].filter((name) => name !== "").map(userNamed);
    const answer = await suggestNames(client, people, () => client.accessRequests.explain(question));
    if (!answer.allowed) tool.terminal.exitCode = exitCodes.failure;
    if (format === "json") return tool.terminal.print(formatJsonValue(explanationValue(answer), 2));
    if (format === "yaml") return tool.terminal.print(formatYamlDocument(explanationValue(answer)));
    tool.terminal.print(formatExplanation(answer));
    const near = answer.allowed ? undefined : await suggestRequestable(client, user, roles);
    if (near !== undefined) tool.terminal.note(near);
  },
});
