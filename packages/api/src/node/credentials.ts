/** What a program needs to prove who it is and to know whom it speaks to. All PEM. */
export interface CredentialMaterial {
  /** The client certificate. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** The certificates of the authorities that issue the server's certificate. */
  readonly ca: string;
  /** Present in identity files that carry it. */
  readonly ssh: SshMaterial | undefined;
  /** Whom the certificate names. */
  readonly username: string;
  /** The cluster that issued the certificate. */
  readonly clusterName: string;
  /** When the certificate ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The SSH half of an identity file. */
export interface SshMaterial {
  /** A certificate as a line of the authorized_keys form. */
  readonly certificate: string;
  /** `@cert-authority` lines: whom to trust as host. */
  readonly hostAuthorities: readonly string[];
}

/** Where credentials come from. They are read when a connection is made, and again when their files change. */
export interface Credentials {
  /** Names the place in messages. */
  readonly description: string;
  /** Files that hold them; none for credentials in memory. */
  readonly files: readonly string[];
  /**
   * Reads and checks them.
   *
   * @throws AppError NOT_FOUND or BAD_PARAMETER, which say which file is wrong and how to mend it, or
   * CERTIFICATE_EXPIRED. No error quotes what is in a file.
   */
  load(): Promise<CredentialMaterial>;
}
