import { showState } from "../access-requests/show-request.ts";
import { parseInstant } from "../arguments/parse-values.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly author: string;
  readonly approve?: boolean;
  readonly deny?: boolean;
  readonly reason?: string;
  readonly assumeStartTime?: string;
}

export const requestsReview = verb<Options>({
  path: ["requests", "review"],
  summary: "give the review of one person on an access request",
  details: "The request is resolved when its thresholds are met; until then it stays pending.",
  examples: [
    { line: "tctl requests review ID --author=bob --approve", does: "bob approves" },
    {
      line: "tctl requests review ID --author=bob --deny --reason='ask the team'",
      does: "bob denies, and says why",
    },
  ],
  takes: (command) =>
    command
      .argument("<id>")
      .requiredOption("--author <user>", "who reviews")
      .option("--approve", "for it")
      .option("--deny", "against it")
      .option("--reason <text>", "why")
      .option("--assume-start-time <time>", "when the access starts, such as 2026-01-31T12:00:00Z"),
  run: async (tool, options, id = "") => {
    if ((options.approve === true) === (options.deny === true)) {
      throw new UsageError("say either --approve or --deny");
    }
    const { author, reason, assumeStartTime: start } = options;
    const state = options.approve === true ? "APPROVED" : "DENIED";
    const assumeStartAt = start === undefined ? undefined : parseInstant(start, "--assume-start-time");
    const client = await tool.connect();
    const reviewed = await suggestNames(client, [userNamed(author)], () =>
      client.accessRequests.review(id, { author, state, reason, assumeStartAt }),
    );
    const after = showState(reviewed);
    const warns = after !== "PENDING" && after !== state;
    tool.terminal.note(`${warns ? "warning: " : ""}the review is in; the request is ${after}`);
  },
});
