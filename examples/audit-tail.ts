// Prints the audit log as lines of JSON, and goes on printing what is added to it.
import { AppError, parseDuration } from "@sallyport/api";
import { connectAs, readArguments, run } from "./connection-arguments.ts";

const usage = `
node audit-tail.ts [--since 1h] [--type NAME …] [--once] [options]
Prints audit events, oldest first, one JSON object a line.

  --since DURATION         how far back to begin (1h)
  --type NAME              only events of this type, for example access_request.create
  --once                   stop at the end instead of waiting for more`;

await run(async (signal) => {
  const values = readArguments(usage, {
    since: { type: "string", default: "1h" },
    type: { type: "string", multiple: true },
    once: { type: "boolean", default: false },
  });
  const fromAt = Date.now() - sinceMs(values.since);
  await using client = await connectAs(values);

  const { type: types } = values;
  const events = values.once
    ? client.events.search({ fromAt, toAt: Date.now(), types, order: "ascending" }, { signal })
    : client.events.tail({ fromAt, types, signal });
  for await (const event of events) process.stdout.write(`${JSON.stringify(event.fields)}\n`);
});

function sinceMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new AppError("BAD_PARAMETER", `--since ${text} is not a duration such as 90m or 24h`);
  return ms;
}
