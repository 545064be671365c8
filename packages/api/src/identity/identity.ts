/** Who a certificate says its holder is. Every field is carried in the X.509 subject; see `identityToSubject`. */
export interface Identity {
  /** User name, or `<host id>.<cluster>` for a system identity. */
  readonly username: string;
  /** Roles of a user, or the one system role of a service. */
  readonly roles: readonly string[];
  /** Restrictions such as `usage:db`; an identity with any is refused by the auth API. */
  readonly usage: readonly string[];
  /** Logins that the SSH side accepts. */
  readonly principals: readonly string[];
  readonly traits: Traits;
  /** The cluster whose CA issued the certificate (attribute 1.3.9999.1.7). */
  readonly teleportCluster: string;
  readonly routeToCluster: string;
  readonly kubernetesUsers: readonly string[];
  readonly kubernetesGroups: readonly string[];
  readonly kubernetesCluster: string;
  readonly app: AppIdentity | undefined;
  readonly database: DatabaseIdentity | undefined;
  readonly databaseNames: readonly string[];
  readonly databaseUsers: readonly string[];
  readonly awsRoleArns: readonly string[];
  readonly azureIdentities: readonly string[];
  readonly gcpServiceAccounts: readonly string[];
  readonly mfaVerified: string;
  readonly loginIp: string;
  readonly pinnedIp: string;
  readonly impersonator: string;
  readonly activeRequests: readonly string[];
  readonly disallowReissue: boolean;
  readonly renewable: boolean;
  readonly generation: bigint;
  readonly privateKeyPolicy: string;
  readonly userType: string;
  readonly systemRoles: readonly string[];
  /** Resource ids `/<cluster>/<kind>/<name>`; undefined means no restriction, an empty list means nothing. */
  readonly allowedResourceIds: readonly string[] | undefined;
  readonly previousIdentityExpires: Date | undefined;
  readonly connectionDiagnosticId: string;
  readonly botName: string;
  readonly botInstanceId: string;
  readonly joinAttributes: string;
  readonly device: DeviceIdentity | undefined;
  /** `notAfter` of the certificate. */
  readonly expires: Date | undefined;
  /** Attributes of our OID arc that this version does not know, as they stood: [OID, value]. */
  readonly unknownAttributes: readonly (readonly [string, string])[];
}

/** Trait name → values, for example `logins` → `["root"]`. */
export type Traits = Readonly<Record<string, readonly string[]>>;

/** The session of one web application that a certificate is for. Texts are empty where nothing is said. */
export interface AppIdentity {
  readonly sessionId: string;
  readonly clusterName: string;
  readonly publicAddr: string;
  readonly name: string;
  readonly targetPort: number;
  readonly awsRoleArn: string;
  readonly azureIdentity: string;
  readonly gcpServiceAccount: string;
  readonly awsCredentialProcess: string;
}

/** The database that a certificate is for, and as whom. Texts are empty where nothing is said. */
export interface DatabaseIdentity {
  readonly serviceName: string;
  readonly protocol: string;
  readonly username: string;
  readonly database: string;
  readonly roles: readonly string[];
}

/** The trusted device that the holder proved to use. Texts are empty where nothing is said. */
export interface DeviceIdentity {
  readonly id: string;
  readonly assetTag: string;
  readonly credentialId: string;
}
