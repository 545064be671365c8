import type { Extension } from "../certificates/extension.ts";
import type { SignatureAlgorithm } from "../certificates/signature-algorithm.ts";
import type { Name } from "../names/name.ts";
import type { RevocationReason } from "./revocation-reason.ts";

/** One certificate that is revoked. */
export interface RevokedCertificate {
  readonly serialNumber: bigint;
  /** Milliseconds since 1970, cut to a second. */
  readonly revokedAt: number;
  /** Undefined where nothing is said of it. */
  readonly reason?: RevocationReason | undefined;
}

/** A certificate revocation list as read (RFC 5280 section 5). Nothing in it is proven until `verifyCrl` says so. */
export interface Crl {
  /** The whole DER. */
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  /** The issuer's encoding, to be compared octet by octet with the subject of a CA. */
  readonly issuerDer: Uint8Array;
  /** When it was made, in milliseconds since 1970. */
  readonly thisUpdateAt: number;
  /** When the next one is there at the latest, in milliseconds since 1970; undefined where it does not say. */
  readonly nextUpdateAt: number | undefined;
  /** The CRL number, which goes up from one to the next; undefined where it has none. */
  readonly number: bigint | undefined;
  readonly authorityKeyId: Uint8Array | undefined;
  /** What is revoked, by serial number. */
  readonly revoked: ReadonlyMap<bigint, RevokedCertificate>;
  readonly extensions: readonly Extension[];
  /** An entry has a critical extension that is not understood, so that the list as a whole is not. */
  readonly hasUnknownCriticalEntry: boolean;
}

/** Extensions of lists and of their entries (RFC 5280 sections 5.2 and 5.3). */
export const crlExtensionOid = {
  crlNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  invalidityDate: "2.5.29.24",
} as const;

/** Largest list that is written or read, in bytes: some 400,000 entries. */
export const maxCrlBytes = 0xff_0000;
