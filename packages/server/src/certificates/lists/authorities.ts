import type { SshPublicKey, SshSigner } from "@sallyport/ssh";
import type { Certificate, CertificateIssuer } from "@sallyport/x509";

/** A key of an authority that signs X.509 certificates, and with them what is said of their revocation. */
export interface X509Authority {
  readonly certificate: Certificate;
  readonly issuer: CertificateIssuer;
  /** Of its key, as entries of the inventory name it. */
  readonly fingerprint: string;
}

/** The authorities, as far as revocation lists need them. */
export interface ListAuthorities {
  /** Keys of a type whose certificates are trusted, active first; empty where there is no such authority. Makes none. */
  x509Of(type: string): Promise<readonly X509Authority[]>;
  /** The active key; the authority is made at its first use. Throws BAD_PARAMETER for a type that has no such key. */
  activeX509(type: string): Promise<X509Authority>;
  /** Keys that sign SSH certificates which are trusted. */
  sshKeys(): readonly SshPublicKey[];
  /** Signs the key revocation list. */
  krlSigner(): SshSigner;
}
