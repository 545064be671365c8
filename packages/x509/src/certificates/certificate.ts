import type { Name } from "../names/name.ts";
import type { Extension } from "./extension.ts";
import type { KeyUsage } from "./key-usage.ts";
import type { SignatureAlgorithm } from "./signature-algorithm.ts";
import type { SubjectAltNames } from "./subject-alt-names.ts";

/** A certificate as read (RFC 5280 section 4.1). Nothing in it is proven until its signature is verified. */
export interface Certificate {
  /** The whole DER. */
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly serialNumber: bigint;
  readonly issuer: Name;
  /** The issuer's encoding, to be compared octet by octet with the subject of a CA. */
  readonly issuerDer: Uint8Array;
  readonly subject: Name;
  readonly subjectDer: Uint8Array;
  /** First instant of validity, in milliseconds since 1970. */
  readonly notBeforeAt: number;
  /** Last instant of validity, in milliseconds since 1970; the second it names is still valid. */
  readonly notAfterAt: number;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly extensions: readonly Extension[];
  /** BasicConstraints says that it is a CA. */
  readonly isCa: boolean;
  /** Undefined where the extension is absent, which by RFC 5280 means any use. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** `serverAuth`, `clientAuth` or a dotted identifier; undefined where the extension is absent. */
  readonly extKeyUsage: readonly string[] | undefined;
  readonly sans: Required<SubjectAltNames>;
  readonly subjectKeyId: Uint8Array | undefined;
  readonly authorityKeyId: Uint8Array | undefined;
}
