import { AppError } from "@sallyport/api/errors";
import type { Key, Range } from "./backend.ts";

/** Keys strictly between the two, read upwards or downwards. */
export interface Bounds {
  readonly above: string;
  readonly below: string;
}

/** The open interval of keys that a range asks for. */
export function boundsOf(range: Range): Bounds {
  if (!Number.isSafeInteger(range.limit) || range.limit < 1) {
    throw new AppError("INTERNAL", `a range needs a limit of at least 1, not ${range.limit}`);
  }
  const [low, high] = range.reverse ? [range.until, range.after] : [range.after, range.until];
  return {
    above: highest(range.prefix, low ?? range.prefix),
    below: lowest(afterPrefix(range.prefix), high ?? afterPrefix(range.prefix)),
  };
}

/** The first string that is after all keys with the prefix, which ends in `/`. */
function afterPrefix(prefix: Key): string {
  if (!prefix.endsWith("/")) throw new AppError("INTERNAL", `the prefix ${prefix} does not end in "/"`);
  return `${prefix.slice(0, -1)}0`;
}

function highest(a: string, b: string): string {
  return a > b ? a : b;
}

function lowest(a: string, b: string): string {
  return a < b ? a : b;
}
