import { fingerprint, KrlBuilder, type SshPublicKey, signDetached } from "@sallyport/ssh";
import type { Clock } from "../../kernel/clock.ts";
import { CLOCK_SLACK_MS, isCurrent } from "../certificate.ts";
import type { RevokedCertificate, RevokedKey } from "../revocation.ts";
import type { RevocationView } from "../revocation-view.ts";
import type { ListAuthorities } from "./authorities.ts";

/** A key revocation list, ready to be given out. */
interface SignedKrl {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
  readonly bytes: Buffer;
  /** As `ssh-keygen -Y verify` reads it. */
  readonly signature: string;
}

export interface KrlDeps {
  readonly revocations: RevocationView;
  readonly authorities: ListAuthorities;
  readonly clock: Clock;
  readonly clusterName: string;
}

/** What the signature of a list is for. */
export const krlNamespace = (clusterName: string): string => `krl@${clusterName}`;

/** Made anew after this long, so that whoever fetches it sees that it is kept. */
const FRESH_MS = 3_600_000;
/** What has ended in the meantime is left out after this long. */
const REBUILD_MS = 24 * 3_600_000;

/** The list of now. What is revoked goes into the list that there is; nothing is written anew for it. */
export class KrlKeeper {
  readonly #deps: KrlDeps;
  #builder = new KrlBuilder();
  #builtAt = Number.NEGATIVE_INFINITY;
  #authorities = "";
  /** Revoked since the list was last written. */
  #added: (RevokedCertificate | RevokedKey)[] = [];
  #making: Promise<SignedKrl> | undefined;
  #made: SignedKrl | undefined;

  constructor(deps: KrlDeps) {
    this.#deps = deps;
    deps.revocations.onRevoked((revoked) => this.#added.push(revoked));
  }

  async current(): Promise<SignedKrl> {
    const now = this.#deps.clock.now();
    if (this.#isFresh(this.#made, now)) return this.#made;
    // Whoever asks while it is signed waits for that one, and for the next where more was revoked.
    while (this.#making !== undefined) await this.#making.catch(() => undefined);
    if (this.#isFresh(this.#made, now)) return this.#made;
    this.#making = this.#make(now).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  #isFresh(made: SignedKrl | undefined, now: number): made is SignedKrl {
    if (made === undefined || made.version !== this.#deps.revocations.version) return false;
    return (
      Math.abs(now - made.generatedAt) < FRESH_MS &&
      this.#authorities === authoritiesText(this.#deps.authorities)
    );
  }

  async #make(now: number): Promise<SignedKrl> {
    const { authorities, revocations, clusterName } = this.#deps;
    const { version } = revocations;
    const text = authoritiesText(authorities);
    if (text !== this.#authorities || Math.abs(now - this.#builtAt) > REBUILD_MS) {
      this.#builder = new KrlBuilder();
      this.#builtAt = now;
      this.#authorities = text;
      this.#added = [...revocations.entries(), ...revocations.keys()];
    }
    const added = this.#added;
    this.#added = [];
    addTo(this.#builder, added, authorities.sshKeys(), now);
    const comment = `revoked in the cluster ${clusterName}`;
    const bytes = this.#builder.encode({ version: BigInt(version), generatedAt: now, comment });
    const signature = await signDetached(authorities.krlSigner(), bytes, krlNamespace(clusterName));
    this.#made = { version, generatedAt: now, bytes, signature };
    return this.#made;
  }
}

const authoritiesText = ({ sshKeys }: ListAuthorities) => sshKeys().map(fingerprint).join();

/** Serial numbers go under the key that signed the certificates: another authority's numbers say nothing (threat 35). */
function addTo(
  builder: KrlBuilder,
  added: readonly (RevokedCertificate | RevokedKey)[],
  keys: readonly SshPublicKey[],
  now: number,
): void {
  const known = new Map(keys.map((key) => [fingerprint(key), key]));
  const serials = new Map<SshPublicKey | undefined, bigint[]>();
  for (const revoked of added) {
    if ("fingerprint" in revoked) {
      // Keys of X.509 are none of OpenSSH's business; the certificates for them are listed by number.
      if (revoked.fingerprint.startsWith("SHA256:")) builder.revokeFingerprints([revoked.fingerprint]);
      continue;
    }
    const { ssh } = revoked.certificate;
    if (ssh === undefined || !isCurrent(revoked.certificate, now - CLOCK_SLACK_MS)) continue;
    // A key that is trusted no more may still be in a file of somebody who has not heard of it: then for any.
    const ca = known.get(ssh.ca);
    const list = serials.get(ca);
    if (list === undefined) serials.set(ca, [ssh.serial]);
    else list.push(ssh.serial);
  }
  for (const [ca, list] of serials) builder.revokeSerials(ca, list);
}
