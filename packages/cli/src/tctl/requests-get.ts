import { formatResource } from "@sallyport/api";
import { requestFields } from "../access-requests/show-request.ts";
import { type Format, formatOption } from "../arguments/format-option.ts";
import { splitList } from "../arguments/split-list.ts";
import { formatJson, formatYaml } from "../documents/format-documents.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { formatFields } from "../terminal/table.ts";
import { verb } from "./verb.ts";

export const requestsGet = verb<{ readonly format: Format }>({
  path: ["requests", "get"],
  summary: "show access requests in full",
  examples: [
    { line: "tctl requests get 0193f5c8-6a7e-7c3b-9a55-2f0d5b3e7f10", does: "one request with its reviews" },
  ],
  takes: (command) => command.argument("<ids>", "one id, or several with commas").addOption(formatOption()),
  run: async (tool, { format }, words = "") => {
    const ids = splitList(words);
    if (ids.length === 0) throw new UsageError("name the request");
    const client = await tool.connect();
    const requests = await Promise.all(ids.map((id) => client.accessRequests.get(id)));
    const values = requests.map((request) => formatResource("access_request", request));
    if (format === "json") return tool.terminal.print(formatJson(values, 2));
    if (format === "yaml") return tool.terminal.print(formatYaml(values));
    tool.terminal.print(requests.map((request) => formatFields(requestFields(request))).join("\n"));
  },
});
