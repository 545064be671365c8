import type { SshPublicKey } from "../keys/public-key.ts";
import type { CertificateOptions } from "./options.ts";
import type { CertificateUse } from "./principals.ts";

/** An OpenSSH certificate as read (OpenSSH PROTOCOL.certkeys). Nothing in it is proven until it is verified. */
export interface SshCertificate {
  /** The whole wire form. */
  readonly blob: Uint8Array;
  /** Type name of the certificate, such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  /** The holder's key. */
  readonly publicKey: SshPublicKey;
  readonly serial: bigint;
  readonly use: CertificateUse;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** First instant of validity, in milliseconds since 1970. */
  readonly validAfterAt: number;
  /** The instant at which it is no longer valid, in milliseconds since 1970. */
  readonly validBeforeAt: number | "forever";
  readonly criticalOptions: CertificateOptions;
  readonly extensions: CertificateOptions;
  /** The CA's key: always a plain key, never a certificate. */
  readonly signatureKey: SshPublicKey;
  /** The octets that are signed, and the signature blob. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Validity end of certificates that do not end. */
export const forever = 0xffff_ffff_ffff_ffffn;

/** Numbers of the two uses on the wire. */
export const useNumber = { user: 1, host: 2 } as const satisfies Record<CertificateUse, number>;
