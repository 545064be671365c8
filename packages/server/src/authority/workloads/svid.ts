/** What was decided on a credential of a workload: finished texts, nothing of a request. */
interface SvidDescription {
  /** `spiffe://<trust domain>/<path>`. */
  readonly spiffeId: string;
  /** Name of the workload identity; "" where a role allows the path. */
  readonly workloadIdentity: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface X509SvidDescription extends SvidDescription {
  readonly dnsSans: readonly string[];
  readonly ipSans: readonly string[];
  /** "" = the subject has no such part. */
  readonly subject: {
    readonly commonName: string;
    readonly organization: string;
    readonly organizationalUnit: string;
  };
}

export interface JwtSvidDescription extends SvidDescription {
  readonly audiences: readonly string[];
  readonly issuer: string;
  /** Claims besides those that every token has; they never stand in place of these. */
  readonly extraClaims: Readonly<Record<string, unknown>>;
}

export interface IssuedSvid {
  /** Never after what was decided, nor after the authority. */
  readonly expiresAt: number;
}

export interface IssuedX509Svid extends IssuedSvid {
  readonly der: Buffer;
  /** Octets in hexadecimal, with colons between them. */
  readonly serialNumber: string;
}

export interface IssuedJwtSvid extends IssuedSvid {
  readonly jwt: string;
  readonly jti: string;
}
