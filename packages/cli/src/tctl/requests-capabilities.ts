import { type Format, formatOption } from "../arguments/format-option.ts";
import { formatJsonValue, formatYamlDocument } from "../documents/format-documents.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { formatTable } from "../terminal/table.ts";
import { verb } from "./verb.ts";

export const requestsCapabilities = verb<{ readonly format: Format }>({
  path: ["requests", "capabilities"],
  aliases: ["caps"],
  summary: "show what a user may ask for",
  examples: [{ line: "tctl requests capabilities alice", does: "the roles, and who is suggested to review" }],
  takes: (command) => command.argument("<user>").addOption(formatOption()),
  run: async (tool, { format }, User = "") => {
    const client = await tool.connect();
    const found = await suggestNames(client, [userNamed(User)], () =>
      client.accessRequests.capabilities({ User, RequestableRoles: true, SuggestedReviewers: true }),
    );
    const value = {
      requestable_roles: found.RequestableRoles,
      suggested_reviewers: found.SuggestedReviewers,
      request_prompt: found.RequestPrompt,
      require_reason: found.RequireReason,
      auto_request: found.AutoRequest,
    };
    const rows = [
      ["Requestable Roles", found.RequestableRoles.join(",")],
      ["Suggested Reviewers", found.SuggestedReviewers.join(",")],
      ["Request Prompt", found.RequestPrompt],
      ["Reason Required", String(found.RequireReason)],
      ["Asked at Login", String(found.AutoRequest)],
    ];
    if (format === "json") return tool.terminal.print(formatJsonValue(value, 2));
    if (format === "yaml") return tool.terminal.print(formatYamlDocument(value));
    tool.terminal.print(formatTable({ headers: ["Name", "Value"], rows }, Number.POSITIVE_INFINITY));
  },
});
