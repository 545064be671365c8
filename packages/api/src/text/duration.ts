const unitMs = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
} as const satisfies Record<string, number>;

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Milliseconds of a duration in the notation of Go: `12h`, `1h30m`, `-1.5s`, `0`. Undefined where the text is no
 * such duration or too long to be counted exactly. Fractions of a millisecond are dropped.
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (body === "" || body.length > 64) return undefined;
  let totalMs = 0;
  part.lastIndex = 0;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  }
  const whole = Math.trunc(totalMs + 1e-9);
  return Number.isSafeInteger(whole) && whole * 1e6 < 2 ** 63 ? sign * whole || 0 : undefined;
}

/** The same notation, as Go prints it: `12h0m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  const whole = Math.trunc(Math.abs(ms));
  const sign = ms < 0 && whole > 0 ? "-" : "";
  if (whole === 0) return "0s";
  if (whole < 1000) return `${sign}${whole}ms`;
  const hours = Math.floor(whole / unitMs.h);
  const minutes = Math.floor((whole % unitMs.h) / unitMs.m);
  const seconds = (whole % unitMs.m) / 1000;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}
