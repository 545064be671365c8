/** What a daemon runs with: complete, checked and frozen. */
export interface Config {
  readonly version: "v1" | "v2" | "v3";
  /** The file it came from; undefined where there was none. */
  readonly file: string | undefined;
  readonly nodeName: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly log: {
    /** `stderr`, `stdout` or the path of a file. */
    readonly output: string;
    readonly severity: "debug" | "info" | "warn" | "error";
    readonly format: "text" | "json";
  };
  readonly storage: {
    readonly type: "sqlite" | "memory";
    /** Absolute path of the directory of the database. */
    readonly path: string;
  };
  readonly maxConnections: number;
  /** How long ended access requests are remembered; 0 = not at all. */
  readonly accessRequestHistoryMs: number;
  /** How long certificates stay in the inventory after they have ended. */
  readonly certificateHistoryMs: number;
  /** Where revocation lists are served; undefined where they are not. */
  readonly revocationListen: ListenAddress | undefined;
  /** Where others reach that, without a slash at its end; undefined where certificates are not to say it. */
  readonly revocationPublicUrl: string | undefined;
  readonly caKeyEncryption: CaKeyEncryptionConfig;
  /** Where a signer of its own user listens; undefined where there is none. */
  readonly caKeySigner: CaKeySignerConfig | undefined;
  readonly auth: AuthConfig;
}

/** Where a key comes from that other keys are encrypted under. Paths are absolute. */
export type KeySourceConfig =
  | { readonly kind: "key_file" | "passphrase_file"; readonly path: string }
  | { readonly kind: "passphrase_command" | "command"; readonly command: readonly string[] };

/** How the private keys of authorities are stored; without a current source in clear. */
export interface CaKeyEncryptionConfig {
  readonly current: KeySourceConfig | undefined;
  readonly previous: KeySourceConfig | undefined;
  readonly commandTimeoutMs: number;
}

/** A signer that is a service of its own. Paths are absolute. */
export interface CaKeySignerConfig {
  readonly socketPath: string;
  readonly secretPath: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface AuthConfig {
  readonly listen: ListenAddress;
  /** Names that clients dial, besides the listen address. */
  readonly publicAddresses: readonly ListenAddress[];
  readonly clusterName: string;
  /** False where the name is the default: a cluster that has another name already keeps it. */
  readonly clusterNameIsSet: boolean;
  readonly proxyProtocol: "on" | "off" | "unset";
  readonly authentication: AuthenticationConfig;
  readonly networking: NetworkingConfig;
  readonly recording: RecordingConfig;
  /** The PKCS#11 token that keys of authorities are made in; undefined where they are in the database. */
  readonly caKeyToken: CaKeyTokenConfig | undefined;
}

/** Paths are absolute. */
export interface CaKeyTokenConfig {
  /** Signatures that are made side by side; left out, one after the other. */
  readonly sessions?: number;
  readonly modulePath: string;
  readonly tokenLabel?: string;
  readonly slotNumber?: number;
  readonly pinPath: string;
}

/** `fromFile`: the file sets at least one of these, so the resource is managed by it and not by the API. */
interface Managed {
  readonly fromFile: boolean;
}

export interface AuthenticationConfig extends Managed {
  readonly type: "local";
  readonly localAuth: boolean;
  readonly secondFactors: readonly ("otp" | "webauthn" | "sso")[];
  /** "" where there is none. */
  readonly webauthnRpId: string;
  readonly passwordless: boolean;
  readonly headless: boolean;
  readonly connectorName: string;
  readonly requireSessionMfa: boolean;
  readonly lockingMode: "best_effort" | "strict";
  readonly defaultSessionTtlMs: number;
  readonly signatureAlgorithmSuite: "balanced-v1" | "legacy" | "fips-v1" | "hsm-v1";
  readonly messageOfTheDay: string;
  readonly disconnectExpiredCert: boolean;
}

export interface NetworkingConfig extends Managed {
  /** 0 = never. */
  readonly clientIdleTimeoutMs: number;
  readonly clientIdleTimeoutMessage: string;
  readonly webIdleTimeoutMs: number;
  readonly keepAliveIntervalMs: number;
  readonly keepAliveCountMax: number;
  readonly sessionControlTimeoutMs: number;
  readonly sshDialTimeoutMs: number;
  readonly routingStrategy: "unambiguous_match" | "most_recent";
  readonly proxyListenerMode: "multiplex" | "separate";
  readonly caseInsensitiveRouting: boolean;
}

export interface RecordingConfig extends Managed {
  readonly mode: "node" | "node-sync" | "proxy" | "proxy-sync" | "off";
  readonly proxyChecksHostKeys: boolean;
}
