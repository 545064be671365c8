import { answerRequests } from "../access-requests/answer-requests.ts";
import { parsePairs } from "../arguments/parse-values.ts";
import { collect, splitList } from "../arguments/split-list.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly reason?: string;
  readonly delegator?: string;
  readonly annotations: readonly string[];
}

export const requestsDeny = verb<Options>({
  path: ["requests", "deny"],
  summary: "deny access requests at once, past any thresholds",
  examples: [{ line: "tctl requests deny ID --reason='not during the freeze'", does: "deny one request" }],
  takes: (command) =>
    command
      .argument("<ids>", "one id, or several with commas")
      .option("--reason <text>", "why")
      .option("--delegator <name>", "on whose behalf, for the audit log")
      .option("--annotations <pairs>", "KEY=VALUE, separated by commas", collect, []),
  run: async (tool, { reason, delegator, annotations }, ids = "") => {
    const answer = {
      reason,
      delegator,
      annotations: annotations.length === 0 ? undefined : parsePairs(annotations, "--annotations"),
    };
    await answerRequests(await tool.connect(), tool.terminal, splitList(ids), "DENIED", answer);
  },
});
