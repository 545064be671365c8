const NS = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  mo: 30n * 86_400_000_000_000n,
  y: 365n * 86_400_000_000_000n,
} as const satisfies Record<string, bigint>;

const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|mo|m|h|d|y)/y;
const MAX = 2n ** 63n - 1n;

/** Nanoseconds as Go prints a duration: `30h0m0s`, `1.5s`, `250ms`, `1µs`, `0s`. */
export function formatNanos(nanos: bigint): string {
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  if (size === 0n) return "0s";
  if (size < NS.us) return `${sign}${size}ns`;
  if (size < NS.ms) return `${sign}${fraction(size, NS.us)}µs`;
  if (size < NS.s) return `${sign}${fraction(size, NS.ms)}ms`;
  const hours = size / NS.h;
  const minutes = (size % NS.h) / NS.m;
  const seconds = `${fraction(size % NS.m, NS.s)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/**
 * Nanoseconds of a duration: Go's notation, also with `d`, `mo` (30 days) and `y` (365 days), or `never` for none.
 * Undefined where the text is no duration or does not fit 64 bits.
 */
export function parseNanos(text: string): bigint | undefined {
  if (text === "never" || text === "0") return 0n;
  const body = text.replace(/^[+-]/, "");
  if (body === "" || body.length > 64) return undefined;
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    if (match === null) return undefined;
    const [, whole = "", part = "", unit] = match;
    if (whole === "" && part === "") return undefined;
    const size = NS[unit as keyof typeof NS];
    total += BigInt(whole === "" ? 0 : whole) * size;
    if (part !== "") total += (BigInt(part) * size) / 10n ** BigInt(part.length);
  }
  if (total > MAX) return undefined;
  return text.startsWith("-") ? -total : total;
}

/** `size` in `unit`, with what remains as a decimal fraction. */
function fraction(size: bigint, unit: bigint): string {
  const digits = unit.toString().length - 1;
  const rest = (size % unit).toString().padStart(digits, "0").replace(/0+$/, "");
  return rest === "" ? `${size / unit}` : `${size / unit}.${rest}`;
}
