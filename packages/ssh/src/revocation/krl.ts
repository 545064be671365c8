import type { SshPublicKey } from "../keys/public-key.ts";
import type { SerialSet } from "./serial-set.ts";

/** What a key revocation list says of the certificates of one CA. */
export interface KrlCertificates {
  /** The CA whose certificates these are; undefined means any CA. */
  readonly ca: SshPublicKey | undefined;
  readonly serials: SerialSet;
  readonly keyIds: ReadonlySet<string>;
}

/** A signature section inside a list; it was verified when the list was read. */
export interface KrlSignature {
  readonly key: SshPublicKey;
}

/** A key revocation list as read (OpenSSH PROTOCOL.krl). */
export interface Krl {
  /** Goes up each time the list changes. */
  readonly version: bigint;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
  readonly comment: string;
  /** At most one entry for each CA, and one for any CA. */
  readonly certificates: readonly KrlCertificates[];
  /** Revoked keys: base64 of the wire form, as in an authorized_keys line. */
  readonly keys: ReadonlySet<string>;
  /** Revoked keys by `SHA256:…` or `SHA1:…`, as OpenSSH shows fingerprints. */
  readonly fingerprints: ReadonlySet<string>;
  /** Empty for what this package writes: OpenSSH 9.4 and later refuse lists that carry signatures. */
  readonly signatures: readonly KrlSignature[];
}
