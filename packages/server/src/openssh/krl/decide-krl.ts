import type { Krl } from "@sallyport/ssh";

/** What a list says of itself. */
type KrlFacts = Pick<Krl, "version" | "generatedAt" | "comment">;

/** What to do with the file of a running sshd. */
type KrlVerdict =
  | { readonly do: "replace" }
  /** It holds what was fetched. */
  | { readonly do: "nothing" }
  /** The one that is there still counts. */
  | { readonly do: "keep"; readonly because: string }
  /** There is none that counts. */
  | { readonly do: "fall back"; readonly because: string };

interface KrlSituation {
  /** What is in the file; undefined where it is missing or cannot be read. */
  readonly current: KrlFacts | undefined;
  /** What was fetched and verified, or why there is none. */
  readonly fetched: KrlFacts | { readonly failure: string };
  readonly now: number;
  /** How old a list may be and still count. */
  readonly maxAgeMs: number;
  /** The cluster was set up anew, and counts from the beginning. */
  readonly acceptOlder: boolean;
}

/** Clocks of others may be ahead by this much. */
const SKEW_MS = 5 * 60_000;

/** A list is taken only when it is fresh and not older than the one that is there: what was revoked stays revoked. */
export function decideKrl({ current, fetched, now, maxAgeMs, acceptOlder }: KrlSituation): KrlVerdict {
  const because =
    "failure" in fetched ? fetched.failure : refusal(fetched, { current, now, maxAgeMs, acceptOlder });
  if (because === undefined && !("failure" in fetched)) return isSame(current, fetched) ? nothing : replace;
  const counts = current !== undefined && now - current.generatedAt <= maxAgeMs;
  return { do: counts ? "keep" : "fall back", because: because ?? "" };
}

const nothing = { do: "nothing" } as const;
const replace = { do: "replace" } as const;

function refusal(
  fetched: KrlFacts,
  { current, now, maxAgeMs, acceptOlder }: Omit<KrlSituation, "fetched">,
): string | undefined {
  if (fetched.generatedAt > now + SKEW_MS)
    return "the list is from the future; is the clock of this host right?";
  if (now - fetched.generatedAt > maxAgeMs)
    return "the list is too old; whoever serves it does not keep it fresh";
  if (current === undefined || acceptOlder || !isOlder(fetched, current)) return undefined;
  return `the list is version ${fetched.version}, and version ${current.version} is here already; where the cluster was set up anew: --accept-older`;
}

function isOlder(fetched: KrlFacts, current: KrlFacts): boolean {
  if (fetched.version !== current.version) return fetched.version < current.version;
  return fetched.generatedAt < current.generatedAt;
}

function isSame(current: KrlFacts | undefined, fetched: KrlFacts): boolean {
  return (
    current !== undefined &&
    current.version === fetched.version &&
    current.generatedAt === fetched.generatedAt &&
    current.comment === fetched.comment
  );
}
