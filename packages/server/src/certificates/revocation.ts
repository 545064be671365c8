import type { RevocableParts } from "./certificate.ts";

/** Who revoked, when and why. */
export interface RevocationGround {
  /** Milliseconds since 1970. */
  readonly revokedAt: number;
  readonly by: string;
  readonly reason: string;
  /** What it was part of, for example `user=alice`; "" for one entry. */
  readonly selector: string;
}

/** An entry of the inventory that was revoked. */
export interface RevokedCertificate extends RevocationGround {
  readonly certificate: RevocableParts;
}

/** A key that no certificate is good for any more. */
export interface RevokedKey extends RevocationGround {
  readonly fingerprint: string;
}
