/** A host certificate, as far as its renewal depends on it. */
export interface RenewableCertificate {
  readonly validAfterAt: number;
  readonly validBeforeAt: number | "forever";
  /** Whether the key that signed it is the one by which the cluster signs now. */
  readonly isOfActiveKey: boolean;
}

interface RenewalFacts {
  readonly certificates: readonly RenewableCertificate[];
  /** Whether the user authorities that the host trusts are those that the cluster has. */
  readonly trustsTheSame: boolean;
  readonly now: number;
}

export type RenewalDecision = { readonly isDue: boolean; readonly because: string };

/** What is left of its life when a certificate is renewed: time enough for an auth service that is away for a while. */
const LEFT_PART = 1 / 3;

export function decideRenewal({ certificates, trustsTheSame, now }: RenewalFacts): RenewalDecision {
  if (certificates.some((one) => isNearItsEnd(one, now))) {
    return { isDue: true, because: "less than a third of a host certificate's life is left" };
  }
  if (certificates.some(({ isOfActiveKey }) => !isOfActiveKey)) {
    return { isDue: true, because: "the cluster signs host certificates with another key now" };
  }
  if (!trustsTheSame) return { isDue: true, because: "the cluster's user authorities are others now" };
  return { isDue: false, because: whenDue(certificates) };
}

function isNearItsEnd(certificate: RenewableCertificate, now: number): boolean {
  const dueAt = dueAtOf(certificate);
  return dueAt !== undefined && now >= dueAt;
}

function whenDue(certificates: readonly RenewableCertificate[]): string {
  const dueAt = Math.min(...certificates.map((one) => dueAtOf(one) ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(dueAt)
    ? `nothing to renew before ${new Date(dueAt).toISOString()}`
    : "nothing to renew: the host certificates have no end";
}

function dueAtOf({ validAfterAt, validBeforeAt }: RenewableCertificate): number | undefined {
  if (validBeforeAt === "forever") return undefined;
  return validBeforeAt - (validBeforeAt - validAfterAt) * LEFT_PART;
}
