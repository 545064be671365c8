import { type ParseArgsConfig, parseArgs } from "node:util";
import { parseDuration } from "@sallyport/api";
import { UsageError } from "./usage-error.ts";

/** The options of a command; whatever else stands there is a mistake. */
export function readArguments<Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
) {
  try {
    const config = { args: [...args], options, allowPositionals: false, strict: true } as const;
    return parseArgs<typeof config>(config).values;
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UsageError((error as Error).message);
  }
}

/** Every use of an option adds, and commas separate. */
export function listOf(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(",")).map((one) => one.trim());
}

/** Milliseconds of `30m`, `12h` or `14d`; more than nothing. */
export function durationOf(text: string, option: string): number {
  const days = /^(\d{1,5})d$/.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * 86_400_000;
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a duration such as 30m, 12h or 90d`);
}
