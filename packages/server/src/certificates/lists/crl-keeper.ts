import { issueCrl, type RevokedCertificate as ListedCertificate } from "@sallyport/x509";
import type { Clock } from "../../kernel/clock.ts";
import { CLOCK_SLACK_MS, isCurrent } from "../certificate.ts";
import type { RevokedCertificate } from "../revocation.ts";
import type { RevocationView } from "../revocation-view.ts";
import type { X509Authority } from "./authorities.ts";

/** A certificate revocation list, ready to be given out. */
interface SignedCrl {
  readonly der: Buffer;
  readonly number: bigint;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly nextUpdateAt: number;
  readonly version: number;
  readonly furtherVersion: number;
}

/** Revocations that another room keeps, of certificates that the inventory does not have. */
export interface FurtherRevocations {
  /** Goes up with every change. */
  readonly version: number;
  /** Those that the list of this key has to name. */
  listedFor(fingerprint: string): Promise<readonly ListedCertificate[]>;
}

interface CrlDeps {
  readonly revocations: RevocationView;
  readonly clock: Clock;
  readonly further?: FurtherRevocations | undefined;
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

  #isFresh({ version, furtherVersion, madeAt }: SignedCrl, now: number): boolean {
    const { revocations, further } = this.#deps;
    const isLatest = version === revocations.version && furtherVersion === (further?.version ?? 0);
    return isLatest && Math.abs(now - madeAt) < FRESH_MS;
  }

  async #make({ issuer, fingerprint }: X509Authority, now: number): Promise<SignedCrl> {
    const { revocations, further } = this.#deps;
    const { version } = revocations;
    const furtherVersion = further?.version ?? 0;
    const besides = (await further?.listedFor(fingerprint)) ?? [];
    // No two lists have one number, and it goes on over restarts: by the clock.
    const latest = this.#made.get(fingerprint)?.number ?? 0n;
    const number = [BigInt(Math.floor(now)), BigInt(version), latest + 1n].reduce((a, b) => (a > b ? a : b));
    const thisUpdateAt = now - SKEW_MS;
    const nextUpdateAt = now + this.#validMs;
    const der = await issueCrl({
      issuer,
      thisUpdateAt,
      nextUpdateAt,
      number,
      revoked: untilThen(once(listed(revocations.entries(), fingerprint, now), besides), thisUpdateAt),
    });
    const made = { der, number, madeAt: now, nextUpdateAt, version, furtherVersion };
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

/** A number stands in a list once, and as the inventory has it where that knows it. */
function* once(
  first: Iterable<ListedCertificate>,
  besides: readonly ListedCertificate[],
): Generator<ListedCertificate> {
  const named = new Set<bigint>();
  for (const one of first) {
    if (besides.length > 0) named.add(one.serialNumber);
    yield one;
  }
  for (const one of besides) {
    if (named.has(one.serialNumber)) continue;
    named.add(one.serialNumber);
    yield one;
  }
}

/** A list is dated back for the sake of slow clocks, and what it tells of cannot come after it. */
function* untilThen(revoked: Iterable<ListedCertificate>, at: number): Generator<ListedCertificate> {
  for (const one of revoked) yield { ...one, revokedAt: Math.min(one.revokedAt, at) };
}

/** Words are for people; programs learn whether the key is what is lost. */
export const reasonOf = ({ selector }: Pick<RevokedCertificate, "selector">) =>
  selector.startsWith("fingerprint=") ? "keyCompromise" : "unspecified";
