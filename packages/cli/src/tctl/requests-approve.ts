import { answerRequests } from "../access-requests/answer-requests.ts";
import { parseInstant, parsePairs } from "../arguments/parse-values.ts";
import { collect, splitList } from "../arguments/split-list.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly reason?: string;
  readonly delegator?: string;
  readonly annotations: readonly string[];
  readonly roles: readonly string[];
  readonly assumeStartTime?: string;
}

export const requestsApprove = verb<Options>({
  path: ["requests", "approve"],
  summary: "approve access requests at once, past any thresholds",
  examples: [
    { line: "tctl requests approve ID --reason='seen by the duty officer'", does: "approve one request" },
    {
      line: "tctl requests approve ID --roles=ops-read",
      does: "approve only one of the roles that were asked for",
    },
  ],
  takes: (command) =>
    command
      .argument("<ids>", "one id, or several with commas")
      .option("--reason <text>", "why")
      .option("--delegator <name>", "on whose behalf, for the audit log")
      .option("--annotations <pairs>", "KEY=VALUE, separated by commas", collect, [])
      .option("--roles <names>", "approve only these of the roles", collect, [])
      .option("--assume-start-time <time>", "when the access starts, such as 2026-01-31T12:00:00Z"),
  run: async (tool, options, ids = "") => {
    const { assumeStartTime: start, annotations } = options;
    const answer = {
      reason: options.reason,
      delegator: options.delegator,
      annotations: annotations.length === 0 ? undefined : parsePairs(annotations, "--annotations"),
      roles: options.roles,
      assumeStartAt: start === undefined ? undefined : parseInstant(start, "--assume-start-time"),
    };
    await answerRequests(await tool.connect(), tool.terminal, splitList(ids), "APPROVED", answer);
  },
});
