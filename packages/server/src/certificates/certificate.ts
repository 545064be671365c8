/**
 * One act of issuing: the certificates that one call asked for, as the inventory keeps them. Instants are milliseconds
 * since 1970.
 */
export interface Certificate {
  /** 16 hexadecimal digits, in the order of issuing; both serial numbers follow from it. */
  readonly id: string;
  readonly kind: CertificateKind;
  /** Who it names: a user, or the host id of a service. */
  readonly user: string;
  /** Type of the authority that issued it. */
  readonly caType: string;
  readonly ssh: SshPart | undefined;
  readonly x509: X509Part | undefined;
  readonly principals: readonly string[];
  readonly roles: readonly string[];
  readonly issuedAt: number;
  readonly validAfterAt: number;
  /** Undefined where it has no end. */
  readonly expiresAt: number | undefined;
  /** Who asked for it; "" where the service made it for itself. */
  readonly requester: string;
  readonly impersonator: string;
  readonly accessRequests: readonly string[];
  /** Without the port; "" where the service made it for itself. */
  readonly remoteIp: string;
  readonly usage: readonly string[];
  /** What it leads to, as `kind=name`. */
  readonly routes: readonly string[];
}

export const certificateKinds = [
  "user",
  "host",
  "system",
  "openssh",
  "database",
  "app",
  "windows_desktop",
  "workload",
] as const;
export type CertificateKind = (typeof certificateKinds)[number];

/** The SSH certificate. Fingerprints are those that ssh-keygen prints. */
interface SshPart {
  readonly serial: bigint;
  readonly fingerprint: string;
  /** Fingerprint of the key that signed it. */
  readonly ca: string;
}

/** The X.509 certificate. Fingerprints are the hexadecimal SHA-256 of a SubjectPublicKeyInfo. */
interface X509Part {
  /** 32 hexadecimal digits. */
  readonly serial: string;
  readonly fingerprint: string;
  /** Fingerprint of the key that signed it. */
  readonly ca: string;
}

/**
 * Whom it is found under: whom it names, who asked for it, and who acted as that user. One name where somebody asked
 * for a certificate of their own, as nearly all do.
 */
export function peopleOf({
  user,
  requester,
  impersonator,
}: Pick<Certificate, "user" | "requester" | "impersonator">): ReadonlySet<string> {
  const people = new Set([user, requester, impersonator]);
  people.delete("");
  return people;
}

/** What of a certificate tells whether it is revoked. */
export type RevocableParts = Pick<Certificate, "id" | "caType" | "ssh" | "x509" | "expiresAt">;

/** The keys that its certificates are for. */
export function keysOf({ ssh, x509 }: Pick<Certificate, "ssh" | "x509">): readonly string[] {
  return [ssh?.fingerprint, x509?.fingerprint].filter((key) => key !== undefined);
}

/** Whether it is good at `now`; the second that it ends in still is. */
export const isCurrent = ({ expiresAt }: Pick<Certificate, "expiresAt">, now: number): boolean =>
  expiresAt === undefined || expiresAt > now;

/** How long lists still name what has ended: the clocks of those who read them may be behind. */
export const CLOCK_SLACK_MS = 24 * 3_600_000;
