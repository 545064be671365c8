import { parseDuration } from "@sallyport/api";
import { UsageError } from "../terminal/exit-code.ts";

/** Milliseconds of `12h`, `30m`, `1h30m`, or of whole days as `14d`; more than nothing. */
export function parseTtl(text: string, option = "--ttl"): number {
  const days = /^(\d{1,5})d$/.exec(text);
  const ms = days === null ? parseDuration(text) : Number(days[1]) * 86_400_000;
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a duration such as 30m, 12h or 14d`);
}

/** Milliseconds since 1970 of a time such as `2026-01-31T12:00:00Z`. */
export function parseInstant(text: string, option: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a time such as 2026-01-31T12:00:00Z`);
}

/** `a=1` parts into an object; a key that comes again adds a value. */
export function parsePairs(parts: readonly string[], option: string): Record<string, string[]> {
  const pairs: Record<string, string[]> = Object.create(null);
  for (const part of parts) {
    const at = part.indexOf("=");
    if (at < 1) throw new UsageError(`${option} ${JSON.stringify(part)} is not of the form KEY=VALUE`);
    const key = part.slice(0, at).trim();
    pairs[key] = [...(pairs[key] ?? []), part.slice(at + 1).trim()];
  }
  return pairs;
}
