import { issueCrl, type RevokedCertificate as ListedCertificate } from "@sallyport/x509";
import type { Clock } from "../../kernel/clock.ts";
import { CLOCK_SLACK_MS, isCurrent } from "../certificate.ts";
import type { RevokedCertificate } from "../revocation.ts";
import type { RevocationView } from "../revocation-view.ts";
import type { X509Authority } from "./authorities.ts";

/** A certificate revocation list, ready to be given out. */
export interface SignedCrl {
  readonly der: Buffer;
  readonly number: bigint;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly nextUpdateAt: number;
  readonly version: number;
}

export interface CrlDeps {
  readonly revocations: RevocationView;
  readonly clock: Clock;
}

const SKEW_MS = 60_000;
/** Made anew after this long, whatever happens. */
const FRESH_MS = 3_600_000;

/** Lists of one length of validity, one for each key of an authority. */
export class CrlKeeper {
  readonly #deps: CrlDeps;
  readonly #validMs: number;
  readonly #made = new Map<string, SignedCrl>();
  readonly #making = new Map<string, Promise<SignedCrl>>();

  constructor(deps: CrlDeps, validMs: number) {
    this.#deps = deps;
    this.#validMs = validMs;
  }

  async current(authority: X509Authority): Promise<SignedCrl> {
    const { fingerprint } = authority;
    const now = this.#deps.clock.now();
    for (;;) {
      const made = this.#made.get(fingerprint);
      if (made !== undefined && this.#isFresh(made, now)) return made;
      const making = this.#making.get(fingerprint);
      if (making === undefined) break;
      await making.catch(() => undefined);
    }
    const making = this.#make(authority, now).finally(() => this.#making.delete(fingerprint));
    this.#making.set(fingerprint, making);
    return making;
  }

  #isFresh({ version, madeAt }: SignedCrl, now: number): boolean {
    return version === this.#deps.revocations.version && Math.abs(now - madeAt) < FRESH_MS;
  }

  async #make({ issuer, fingerprint }: X509Authority, now: number): Promise<SignedCrl> {
    const { revocations } = this.#deps;
    const { version } = revocations;
    // No two lists have one number, and it goes on over restarts: by the clock.
    const latest = this.#made.get(fingerprint)?.number ?? 0n;
    const number = [BigInt(Math.floor(now)), BigInt(version), latest + 1n].reduce((a, b) => (a > b ? a : b));
    const nextUpdateAt = now + this.#validMs;
    const der = await issueCrl({
      issuer,
      thisUpdateAt: now - SKEW_MS,
      nextUpdateAt,
      number,
      revoked: listed(revocations.entries(), fingerprint, now),
    });
    const made = { der, number, madeAt: now, nextUpdateAt, version };
    this.#made.set(fingerprint, made);
    return made;
  }
}

/** Those that this very key signed: a list speaks for its issuer alone (threat 35). */
function* listed(
  entries: Iterable<RevokedCertificate>,
  ca: string,
  now: number,
): Generator<ListedCertificate> {
  for (const revoked of entries) {
    const { x509 } = revoked.certificate;
    if (x509?.ca !== ca || !isCurrent(revoked.certificate, now - CLOCK_SLACK_MS)) continue;
    yield {
      serialNumber: BigInt(`0x${x509.serial}`),
      revokedAt: revoked.revokedAt,
      reason: reasonOf(revoked),
    };
  }
}

/** Words are for people; programs learn whether the key is what is lost. */
export const reasonOf = ({ selector }: Pick<RevokedCertificate, "selector">) =>
  selector.startsWith("fingerprint=") ? "keyCompromise" : "unspecified";
