import { AppError } from "@sallyport/api";
import { TokenBucket } from "../rpc/index.ts";

/** What a source may get wrong at once, and how fast it gets tries back: one in ten seconds. */
const BURST = 10;
const PER_SECOND = 0.1;
/** Sources that are remembered; those that tried last. */
const MAX_SOURCES = 10_000;

/** Keeps whoever guesses slow, by where they come from. Who gets it right is never slowed down. */
export class GuessLimit {
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * Makes an attempt. A failed one costs the source a try, which is taken beforehand, so that many at once are no way
   * around; without one left the attempt is refused before anything is looked at.
   */
  async attempt<T>(remoteAddress: string, now: number, make: () => Promise<T>): Promise<T> {
    const bucket = this.#bucketOf(sourceOf(remoteAddress), now);
    if (!bucket.take(now)) {
      throw new AppError("LIMIT_EXCEEDED", "too many introductions from this address have failed");
    }
    const made = await make();
    bucket.putBack();
    return made;
  }

  #bucketOf(source: string, now: number): TokenBucket {
    const bucket = this.#buckets.get(source) ?? new TokenBucket(BURST, PER_SECOND, now);
    // Last used last, so that the one to forget is the first.
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_SOURCES && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}

/** Below it no host has a network: addresses of IPv4 are written in it, and that of the host itself. */
const NO_NETWORK = "0:0:0:0";

/** The address without its port; of IPv6 the network of 64 bits, all of whose addresses one host may have. */
export function sourceOf(remoteAddress: string): string {
  const ip = remoteAddress.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  if (!ip.includes(":")) return ip;
  const [head = "", tail] = ip.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array<string>(zeros).fill("0"), ...last];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return network.join(":") === NO_NETWORK ? ip : network.join(":");
}
