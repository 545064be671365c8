import { formatResource } from "@sallyport/api";
import { parseResourceId } from "../access-requests/parse-resource-id.ts";
import { withRequestable } from "../access-requests/suggest-requestable.ts";
import { parseTtl } from "../arguments/parse-values.ts";
import { collect } from "../arguments/split-list.ts";
import { formatJsonValue } from "../documents/format-documents.ts";
import { roleNamed, suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { plainText } from "../terminal/plain-text.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly roles: readonly string[];
  readonly resource: readonly string[];
  readonly reason?: string;
  readonly reviewers: readonly string[];
  readonly maxDuration?: string;
  readonly dryRun?: boolean;
}

export const requestsCreate = verb<Options>({
  path: ["requests", "create"],
  summary: "ask for access on behalf of a user",
  details:
    "Prints the id of the request. Without --roles and --resource it asks for every role that the user may ask for.",
  examples: [
    { line: "tctl requests create alice --roles=ops --reason='incident 42'", does: "one role" },
    {
      line: "tctl requests create alice --roles=ops --dry-run",
      does: "what would be asked for, without asking",
    },
  ],
  takes: (command) =>
    command
      .argument("<user>", "who asks")
      .option("--roles <names>", "roles, separated by commas", collect, [])
      .option("--resource <id>", "/CLUSTER/KIND/NAME; may be repeated", collect, [])
      .option("--reason <text>", "why")
      .option("--reviewers <names>", "who is suggested to review", collect, [])
      .option("--max-duration <duration>", "how long the access shall last at most, such as 4h or 3d")
      .option("--dry-run", "check it and store nothing"),
  run: async (tool, options, user = "") => {
    const { reason, dryRun } = options;
    const resourceIds = options.resource.map(parseResourceId);
    const everything = options.roles.length === 0 && resourceIds.length === 0;
    const lasts = options.maxDuration;
    const maxDurationAt = lasts === undefined ? undefined : tool.now() + parseTtl(lasts, "--max-duration");
    const client = await tool.connect();
    const named = [userNamed(user), ...options.roles.map(roleNamed)];
    const ask = () =>
      client.accessRequests.create({
        user,
        roles: everything ? ["*"] : options.roles,
        resourceIds,
        reason,
        suggestedReviewers: options.reviewers,
        maxDurationAt,
        dryRun,
      });
    const request = await suggestNames(client, named, () =>
      withRequestable(client, user, options.roles, ask),
    );
    if (dryRun === true)
      return tool.terminal.print(formatJsonValue(formatResource("access_request", request), 2));
    tool.terminal.print(`${plainText(request.Metadata?.Name ?? "")}\n`);
  },
});
