import type { TokenBucket } from "../../rpc/index.ts";
import { answerOcsp, type OcspAnswer, type OcspDeps } from "../lists/answer-ocsp.ts";

interface OcspCacheOptions {
  /** Answers that may be signed; undefined is answered once there are none left. */
  readonly bucket: TokenBucket;
  readonly maxKept: number;
}

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
    const place = `${type} ${Buffer.from(der).toString("base64")}`;
    const kept = this.#kept.get(place);
    if (kept !== undefined && kept.until > now) return kept.answer;
    if (!this.#options.bucket.take(now)) return undefined;
    const answer = await answerOcsp(this.#deps, type, der, now);
    // What was revoked while it was signed is not in it.
    if (answer.keepMs > 0 && version === this.#deps.revocations.version) {
      this.#kept.set(place, { answer, until: now + answer.keepMs });
    }
    return answer;
  }
}
