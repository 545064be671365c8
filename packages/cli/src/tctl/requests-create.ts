import { formatResource, instantOf } from "@sallyport/api";
import { parseResourceId } from "../access-requests/parse-resource-id.ts";
import { formatRfc822 } from "../access-requests/show-request.ts";
import { withRequestable } from "../access-requests/suggest-requestable.ts";
import { parseInstant, parseTtl } from "../arguments/parse-values.ts";
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
  readonly sessionTtl?: string;
  readonly requestTtl?: string;
  readonly assumeStartTime?: string;
  readonly dryRun?: boolean;
}

const MINUTE_MS = 60_000;

export const requestsCreate = verb<Options>({
  path: ["requests", "create"],
  summary: "ask for access on behalf of a user",
  details:
    "Prints the id of the request. Without --roles and --resource it asks for every role that the user may ask for.",
  examples: [
    {
      line: "tctl requests create alice --roles=ops --reason='incident 42'",
      does: "ask for one role in the name of alice",
    },
    {
      line: "tctl requests create alice --roles=ops --assume-start-time=2026-01-31T12:00:00Z --max-duration=6h",
      does: "ask for access that starts later, and ends six hours from now",
    },
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
      .option(
        "--max-duration <duration>",
        "how long from now the access shall last at most, such as 4h or 3d",
      )
      .option("--session-ttl <duration>", "how long from now a certificate with the access is good at most")
      .option("--request-ttl <duration>", "how long the request waits for an answer")
      .option("--assume-start-time <time>", "when the access starts, such as 2026-01-31T12:00:00Z")
      .option("--dry-run", "check it and store nothing"),
  run: async (tool, options, user = "") => {
    const { reason, dryRun } = options;
    const resourceIds = options.resource.map(parseResourceId);
    const everything = options.roles.length === 0 && resourceIds.length === 0;
    const times = readTimes(options, tool.now());
    const client = await tool.connect();
    const named = [userNamed(user), ...options.roles.map(roleNamed)];
    const ask = () =>
      client.accessRequests.create({
        user,
        roles: everything ? ["*"] : options.roles,
        resourceIds,
        reason,
        suggestedReviewers: options.reviewers,
        ...times,
        dryRun,
      });
    const request = await suggestNames(client, named, () =>
      withRequestable(client, user, options.roles, ask),
    );
    if (dryRun === true)
      return tool.terminal.print(formatJsonValue(formatResource("access_request", request), 2));
    tool.terminal.print(`${plainText(request.Metadata?.Name ?? "")}\n`);
    const shortened = describeShortened(times.maxDurationAt, instantOf(request.Spec?.MaxDuration));
    if (shortened !== undefined) tool.terminal.note(shortened);
  },
});

function readTimes({ maxDuration, sessionTtl, requestTtl, assumeStartTime }: Options, now: number) {
  const after = (text: string | undefined, option: string) =>
    text === undefined ? undefined : now + parseTtl(text, option);
  return {
    maxDurationAt: after(maxDuration, "--max-duration"),
    accessExpiresAt: after(sessionTtl, "--session-ttl"),
    expiresAt: after(requestTtl, "--request-ttl"),
    assumeStartAt:
      assumeStartTime === undefined ? undefined : parseInstant(assumeStartTime, "--assume-start-time"),
  };
}

/** The roles cap the duration without a word; who asked for more is told. */
function describeShortened(wantedAt: number | undefined, givenAt: number | undefined): string | undefined {
  if (wantedAt === undefined || givenAt === undefined || givenAt > wantedAt - MINUTE_MS) return undefined;
  return `the access ends at ${formatRfc822(givenAt)} at the latest: the roles allow no longer`;
}
