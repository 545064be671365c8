/** A login by a key that sshd accepted, as its log tells it. Every text is somebody else's. */
export interface Login {
  /** Milliseconds since 1970; undefined where the log has no time. */
  readonly at: number | undefined;
  /** The machine that wrote the line; "" where it does not say. */
  readonly host: string;
  /** The account that was logged in to. */
  readonly account: string;
  /** Where it came from, without the port. */
  readonly address: string;
  /**
   * Of the key: `SHA256:` and base64, or `MD5:` and octets in hexadecimal with colons between them; "" where it says no
   * more of a certificate than its number.
   */
  readonly fingerprint: string;
  /** Undefined for a key without a certificate. */
  readonly certificate: LoginCertificate | undefined;
}

/** What sshd says of the certificate. */
export interface LoginCertificate {
  readonly keyId: string;
  /** Decimal. */
  readonly serial: string;
  /** Of the key that signed it, as {@link Login.fingerprint}. */
  readonly authority: string;
}
