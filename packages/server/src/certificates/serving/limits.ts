/** What those who fetch revocation lists may cost: nobody knows who they are. */
export interface ServingLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxHeaderBytes: number;
  /** Body of an OCSP request. */
  readonly maxBodyBytes: number;
  /** Path of an OCSP request by GET. */
  readonly maxPathChars: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxRequestsPerConnection: number;
  /** An answer that nobody reads is given up. */
  readonly idleTimeoutMs: number;
  /** OCSP answers that are signed: so many at once, then so many a second. */
  readonly signBurst: number;
  readonly signPerSecond: number;
  /** OCSP answers that are kept to be given again. */
  readonly maxKeptAnswers: number;
}

export const defaultServingLimits: ServingLimits = {
  maxConnections: 1000,
  maxConnectionsPerIp: 100,
  maxHeaderBytes: 8 * 1024,
  maxBodyBytes: 16 * 1024,
  maxPathChars: 4 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  maxRequestsPerConnection: 100,
  idleTimeoutMs: 30_000,
  signBurst: 500,
  signPerSecond: 250,
  maxKeptAnswers: 10_000,
};
