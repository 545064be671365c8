import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";

/** What a request is filled with for one caller. */
export interface Asking {
  /** Name of the caller: of the user, or `<host id>.<cluster>`. */
  readonly name: string;
  readonly firstRole: string;
  readonly cluster: string;
  readonly now: number;
  /** A public key, PEM. */
  readonly publicKey: Uint8Array;
  /** The same, as an authorized_keys line. */
  readonly sshPublicKey: Uint8Array;
  /** Requests (PKCS#10, PEM): with a common name, and with the identity of a user of the cluster. */
  readonly csrs: { readonly plain: Uint8Array; readonly identity: Uint8Array };
  /** A pending request of the user `subject`. */
  readonly pending: string;
}

type Init = MessageInitShape<DescMessage>;
type Request = (asking: Asking) => object;

const HOUR = 3600n;
const GHOST = "00000000-0000-7000-8000-000000000000";

const inAnHour = ({ now }: Asking) => ({ seconds: BigInt(Math.floor(now / 1000)) + HOUR });
const justNow = ({ now }: Asking) => ({ seconds: BigInt(Math.floor(now / 1000)) });

const role = (Name: string, Labels = {}) => ({
  Kind: "role",
  Version: "v8",
  Metadata: { Name, Namespace: "default", Labels },
  Spec: { Allow: {}, Deny: {} },
});
const oktaRole = role("from-okta", { "teleport.dev/origin": "okta" });
const user = (Name: string) => ({
  Kind: "user",
  Version: "v2",
  Metadata: { Name, Namespace: "default" },
  Spec: { Roles: ["access"] },
});
const lock = {
  Kind: "lock",
  Version: "v2",
  Metadata: { Name: "spare", Namespace: "default" },
  Spec: { Target: { User: "somebody-else" } },
};
const token = (asking: Asking) => ({
  Kind: "token",
  Version: "v2",
  Metadata: { Name: "spare-token-of-the-matrix", Namespace: "default", Expires: inAnHour(asking) },
  Spec: { Roles: ["Node"], JoinMethod: "token" },
});
const ask = (User: string) => ({
  Kind: "access_request",
  Version: "v3",
  Metadata: { Name: GHOST, Namespace: "default" },
  Spec: { User, Roles: ["dev"], State: 1 },
});
const hostCerts = ({ publicKey, sshPublicKey }: Asking, HostID: string) => ({
  HostID,
  Role: "Instance",
  SystemRoles: ["Node"],
  PublicTLSKey: publicKey,
  PublicSSHKey: sshPublicKey,
});
const assertion = (ServerID: string) => ({ ServerID, AssertionID: "matrix", SystemRole: "Node" });
const certs = (Username: string, asking: Asking) => ({
  Username,
  TLSPublicKey: asking.publicKey,
  Expires: inAnHour(asking),
});
const onDatabase = { Usage: 3, RouteToDatabase: { ServiceName: "db" } };
const config = (Kind: string, Name: string) => ({
  Kind,
  Version: "v2",
  Metadata: { Name, Namespace: "default" },
  Spec: {},
});
const networking = config("cluster_networking_config", "cluster-networking-config");
const recording = config("session_recording_config", "session-recording-config");
const preference = config("cluster_auth_preference", "cluster-auth-preference");
const semaphore = { SemaphoreKind: "matrix", SemaphoreName: "spare" };
const lease = (asking: Asking) => ({ ...semaphore, LeaseID: GHOST, Expires: inAnHour(asking) });
const range = (asking: Asking) => ({ StartDate: { seconds: 0n }, EndDate: justNow(asking), Limit: 1 });
const watch = (kind: object) => () => ({ Kinds: [kind] });
const authority = ({ cluster }: Asking) => ({
  Kind: "cert_authority",
  SubKind: "db",
  Version: "v2",
  Metadata: { Name: cluster, Namespace: "default" },
  Spec: { Type: "db", ClusterName: cluster },
});
const workloadIdentity = { metadata: { name: "spare" }, spec: { spiffe: { id: "/spare" } } };
const jwtSvid = { case: "jwtSvidParams", value: { audiences: ["a"] } };
const workloadIdentityX509Revocation = { metadata: { name: "f00d" }, spec: { reason: "of the matrix" } };
const nothing: Request = () => ({});

/** Small requests that are in order, so that what is tested is who may send them. By `Method`, or `Method: variant`. */
const byMethod: Readonly<Record<string, Request>> = {
  GetClusterAlerts: nothing,
  UpsertClusterAlert: (asking) => ({
    Alert: {
      Header: {
        Kind: "cluster_alert",
        Version: "v1",
        Metadata: { Name: "spare", Expires: inAnHour(asking) },
      },
      Spec: { Severity: 5, Message: "of the matrix" },
    },
  }),
  CreateAlertAck: (asking) => ({ AlertID: "spare", Reason: "seen", Expires: inAnHour(asking) }),
  ClearAlertAcks: () => ({ AlertID: "other" }),
  "CreateAccessRequest: own": ({ name }) => ask(name),
  "CreateAccessRequest: of another": () => ask("subject"),
  "CreateAccessRequestV2: own": ({ name }) => ask(name),
  "CreateAccessRequestV2: of another": () => ask("subject"),
  SetAccessRequestState: () => ({ ID: GHOST, State: 3 }),
  SubmitAccessReview: ({ pending, name }) => ({
    RequestID: pending,
    Review: { ProposedState: 3, Author: name.includes(".") ? "reviewer" : name },
  }),
  "GetAccessCapabilities: own": ({ name }) => ({ User: name, RequestableRoles: true }),
  "GetAccessCapabilities: of another": () => ({ User: "subject", RequestableRoles: true }),
  DeleteAccessRequest: () => ({ ID: GHOST }),
  GetAccessRequestAllowedPromotions: ({ pending }) => ({ accessRequestID: pending }),
  GetPluginData: ({ pending }) => ({ Kind: "access_request", Resource: pending, Plugin: "matrix" }),
  UpdatePluginData: ({ pending }) => ({
    Kind: "access_request",
    Resource: pending,
    Plugin: "matrix",
    Set: { seen: "yes" },
  }),
  "GetInventoryStatus: connected": () => ({ Connected: true }),
  "WatchEvents: own access requests": ({ name }) => ({
    Kinds: [{ Kind: "access_request", Filter: { user: name } }],
  }),
  "WatchEvents: access requests": watch({ Kind: "access_request" }),
  "WatchEvents: locks": watch({ Kind: "lock" }),
  "WatchEvents: users": watch({ Kind: "user" }),
  "WatchEvents: tokens": watch({ Kind: "token" }),
  "WatchEvents: authorities": watch({ Kind: "cert_authority" }),
  "WatchEvents: authorities with keys": watch({ Kind: "cert_authority", LoadSecrets: true }),
  "AuthService/GetUser: own": ({ name }) => ({ Name: name }),
  "AuthService/GetUser: another": () => ({ Name: "subject" }),
  "AuthService/GetUser: another with secrets": () => ({ Name: "subject", WithSecrets: true }),
  "GetUsers: with secrets": () => ({ WithSecrets: true }),
  "AuthService/CreateUser": () => user("spare"),
  "AuthService/UpdateUser": () => user("spare"),
  "AuthService/DeleteUser": () => ({ Name: "ghost" }),
  CreateResetPasswordToken: () => ({ Name: "subject", Type: "password", TTL: 3_600_000_000_000n }),
  GetResetPasswordToken: () => ({ TokenID: "0123456789abcdef0123456789abcdef" }),
  "GetRole: held": ({ firstRole }) => ({ Name: firstRole }),
  "GetRole: another": () => ({ Name: "dev" }),
  CreateRole: () => ({ Role: role("spare") }),
  CheckResource: () => ({ resource: { case: "role", value: role("spare") }, replace: true }),
  "CreateRole: of Okta": () => ({ Role: oktaRole }),
  UpdateRole: () => ({ Role: role("spare") }),
  UpsertRoleV2: () => ({ Role: role("spare") }),
  UpsertRole: () => role("spare"),
  DeleteRole: () => ({ Name: "ghost" }),
  GetLock: () => ({ Name: "ghost" }),
  UpsertLock: () => lock,
  DeleteLock: () => ({ Name: "ghost" }),
  ReplaceRemoteLocks: () => ({ ClusterName: "leaf.example", Locks: [] }),
  AcquireSemaphore: (asking) => ({
    ...semaphore,
    MaxLeases: 1000n,
    Expires: inAnHour(asking),
    Holder: asking.name,
  }),
  KeepAliveSemaphoreLease: lease,
  CancelSemaphoreLease: lease,
  GetSemaphores: () => semaphore,
  DeleteSemaphore: () => ({ ...semaphore, SemaphoreName: "ghost" }),
  GetToken: () => ({ Name: "ghost" }),
  CreateTokenV2: (asking) => ({ Token: { case: "V2", value: token(asking) } }),
  UpsertTokenV2: (asking) => ({ Token: { case: "V2", value: token(asking) } }),
  CreateToken: token,
  UpsertToken: token,
  GenerateToken: () => ({ Roles: ["Node"], TTL: 3_600_000_000_000n }),
  DeleteToken: () => ({ Name: "ghost" }),
  "GenerateUserCerts: own": (asking) => certs(asking.name, asking),
  "GenerateUserCerts: of another": (asking) => certs("subject", asking),
  "GenerateUserSingleUseCerts: own": (asking) => ({
    Request: { case: "Init", value: { ...certs(asking.name, asking), ...onDatabase } },
  }),
  "GenerateUserSingleUseCerts: of another": (asking) => ({
    Request: { case: "Init", value: { ...certs("subject", asking), ...onDatabase } },
  }),
  ListResources: () => ({ ResourceType: "node", Namespace: "default", Limit: 10 }),
  ListUnifiedResources: () => ({ Kinds: ["node"], Limit: 10 }),
  SetClusterNetworkingConfig: () => networking,
  SetSessionRecordingConfig: () => recording,
  SetAuthPreference: () => preference,
  GetEvents: range,
  GetSessionEvents: range,
  GetTrustedCluster: () => ({ Name: "ghost" }),
  "UsersService/GetUser: own": ({ name }) => ({ name }),
  "UsersService/GetUser: current": () => ({ currentUser: true }),
  "UsersService/GetUser: another": () => ({ name: "subject" }),
  "ListUsers: with secrets": () => ({ withSecrets: true }),
  "UsersService/CreateUser": () => ({ user: user("spare") }),
  "UsersService/UpdateUser": () => ({ user: user("spare") }),
  "UsersService/UpsertUser": () => ({ user: user("spare") }),
  "UsersService/DeleteUser": () => ({ name: "ghost" }),
  GetUserLoginState: () => ({ name: "subject" }),
  UpdateClusterNetworkingConfig: () => ({ clusterNetworkConfig: networking }),
  UpsertClusterNetworkingConfig: () => ({ clusterNetworkConfig: networking }),
  UpdateSessionRecordingConfig: () => ({ sessionRecordingConfig: recording }),
  UpsertSessionRecordingConfig: () => ({ sessionRecordingConfig: recording }),
  UpdateAuthPreference: () => ({ authPreference: preference }),
  UpsertAuthPreference: () => ({ authPreference: preference }),
  GetCertAuthority: ({ cluster }) => ({ type: "host", domain: cluster }),
  "GetCertAuthority: with keys": ({ cluster }) => ({ type: "host", domain: cluster, includeKey: true }),
  GetCertAuthorities: () => ({ type: "host" }),
  "GetCertAuthorities: with keys": () => ({ type: "host", includeKey: true }),
  DeleteCertAuthority: () => ({ type: "db", domain: "leaf.example" }),
  UpsertCertAuthority: (asking) => ({ certAuthority: authority(asking) }),
  "GenerateHostCerts: of itself": (asking) => hostCerts(asking, asking.name.split(".")[0] ?? ""),
  "GenerateHostCerts: of another": (asking) => hostCerts(asking, GHOST),
  "AssertSystemRole: of itself": ({ name }) => assertion(name.split(".")[0] ?? ""),
  "AssertSystemRole: of another": () => assertion(GHOST),
  GenerateOpenSSHCert: ({ sshPublicKey, cluster }) => ({
    PublicKey: sshPublicKey,
    Cluster: cluster,
    User: user("subject"),
    Roles: [role("dev")],
  }),
  SignDatabaseCSR: ({ csrs, cluster }) => ({ CSR: csrs.identity, ClusterName: cluster }),
  GenerateDatabaseCert: ({ csrs }) => ({ CSR: csrs.plain, TTL: HOUR * 1_000_000_000n }),
  GenerateAppToken: (asking) => ({
    Username: "subject",
    Roles: ["dev"],
    URI: "https://app.example.com",
    Expires: inAnHour(asking),
  }),
  GenerateSnowflakeJWT: () => ({ AccountName: "account", UserName: "subject" }),
  GenerateWindowsDesktopCert: ({ csrs }) => ({ CSR: csrs.plain, TTL: HOUR * 1_000_000_000n }),
  RotateCertAuthority: () => ({ type: "db", targetPhase: "init", mode: "manual" }),
  GenerateHostCert: ({ publicKey, cluster }) => ({
    key: publicKey,
    hostId: GHOST,
    nodeName: "node",
    principals: ["node.example"],
    clusterName: cluster,
    role: "Node",
    ttl: { seconds: HOUR },
  }),
  GetRemoteCluster: () => ({ name: "ghost" }),
  GetUnstructuredEvents: (asking) => ({ startDate: { seconds: 0n }, endDate: justNow(asking), limit: 1 }),
  GetAccessMonitoringRule: () => ({ name: "ghost" }),
  "ExplainAccessRequest: own": ({ name }) => ({ user: name, roles: ["dev"] }),
  "ExplainAccessRequest: of another": () => ({ user: "subject", roles: ["dev"] }),
  "ExplainAccess: own": ({ name }) => ({ user: name, verb: "read", kind: "user" }),
  "ExplainAccess: of another": () => ({ user: "subject", verb: "read", kind: "user" }),
  GetCertificate: () => ({ id: "0000000000000001" }),
  RevokeCertificates: () => ({ selector: { case: "user", value: "ghost" }, reason: "of the matrix" }),
  "RevokeCertificates: dry run": () => ({ selector: { case: "user", value: "ghost" }, dryRun: true }),
  GenerateCertAuthorityCRL: () => ({ Type: "user" }),
  GetCrl: () => ({ caType: "user" }),
  CreateWorkloadIdentity: () => ({ workloadIdentity }),
  UpdateWorkloadIdentity: () => ({ workloadIdentity }),
  UpsertWorkloadIdentity: () => ({ workloadIdentity }),
  GetWorkloadIdentity: () => ({ name: "ghost" }),
  DeleteWorkloadIdentity: () => ({ name: "ghost" }),
  IssueWorkloadIdentity: () => ({ name: "ghost", credential: jwtSvid }),
  IssueWorkloadIdentities: () => ({
    labelSelectors: [{ key: "none", values: ["x"] }],
    credential: jwtSvid,
  }),
  CreateWorkloadIdentityX509Revocation: () => ({ workloadIdentityX509Revocation }),
  UpdateWorkloadIdentityX509Revocation: () => ({ workloadIdentityX509Revocation }),
  UpsertWorkloadIdentityX509Revocation: () => ({ workloadIdentityX509Revocation }),
  GetWorkloadIdentityX509Revocation: () => ({ name: "ghost" }),
  DeleteWorkloadIdentityX509Revocation: () => ({ name: "ghost" }),
  SignX509SVIDs: ({ publicKey }) => ({ svids: [{ spiffeIdPath: "/a", publicKey }] }),
  SignJWTSVIDs: () => ({ svids: [{ spiffeIdPath: "/a", audiences: ["a"] }] }),
};

/** The request of a row for a caller; an empty one where the method needs nothing. */
export function requestFor(method: string, variant: string, asking: Asking): Init {
  const [service = "", name = ""] = method.split("/");
  const end = variant === "" ? name : `${name}: ${variant}`;
  const key = [`${service.split(".").at(-1)}/${end}`, end].find((one) => one in byMethod);
  if (key === undefined && variant !== "") throw new Error(`there is no request for ${method}: ${variant}`);
  return (key === undefined ? {} : byMethod[key]?.(asking)) as Init;
}
