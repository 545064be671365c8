import { createHash } from "node:crypto";
import type { TokenBucket } from "../../rpc/index.ts";
import { answerOcsp, type OcspAnswer, type OcspDeps } from "../lists/answer-ocsp.ts";

interface OcspCacheOptions {
  /** Answers that may be signed; undefined is answered once there are none left. */
  readonly bucket: TokenBucket;
  readonly maxKept: number;
}

/**
 * The answer for one certificate is far below this, with whatever key. Those for many are signed each time: nobody knows
 * who asks, and in the largest ones all places would hold hundreds of megabytes (threat 9).
 */
const MAX_KEPT_BYTES = 4096;

interface Kept {
  readonly answer: OcspAnswer;
  readonly until: number;
}

/** Signs each answer once as long as nothing is revoked; what has a nonce is signed for each question. */
export class OcspCache {
  readonly #deps: OcspDeps;
  readonly #options: OcspCacheOptions;
  #kept = new Map<string, Kept>();
  #version = -1;

  constructor(deps: OcspDeps, options: OcspCacheOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Undefined where too much is asked. */
  async answer(type: string, der: Uint8Array, now: number): Promise<OcspAnswer | undefined> {
    const { version } = this.#deps.revocations;
    if (version !== this.#version || this.#kept.size >= this.#options.maxKept) {
      this.#kept = new Map();
      this.#version = version;
    }
    const place = `${type} ${createHash("sha256").update(der).digest("base64")}`;
    const kept = this.#kept.get(place);
    if (kept !== undefined && kept.until > now) return kept.answer;
    if (!this.#options.bucket.take(now)) return undefined;
    const answer = await answerOcsp(this.#deps, type, der, now);
    // What was revoked while it was signed is not in it.
    const isSmall = answer.der.length <= MAX_KEPT_BYTES;
    if (answer.keepMs > 0 && isSmall && version === this.#deps.revocations.version) {
      this.#kept.set(place, { answer, until: now + answer.keepMs });
    }
    return answer;
  }
}
