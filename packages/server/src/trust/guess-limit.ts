import { AppError } from "@sallyport/api";
import { ipOf, networkOf, TokenBucket } from "../rpc/index.ts";

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
    const bucket = this.#bucketOf(networkOf(ipOf(remoteAddress)), now);
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
