// The client: the typed methods of the wire, and the same in fewer words, over any transport.
export * from "./access-requests/index.ts";
export {
  Certificates,
  type IssuedCertificates,
  type UserCertificateWish,
} from "./certificates.ts";
export { apiVersion, type Client, type ClientOptions, createClient } from "./client.ts";
export { detailsTrailer, errorFromStatus, reasonTrailer, requestIdTrailer } from "./errors.ts";
export { type AuditEvent, AuditEvents, type AuditSearch, type AuditTailOptions } from "./events.ts";
export { Locks, type LockTargetInit, type NewLock } from "./locks.ts";
export * from "./messages.ts";
export { type Pace, systemPace } from "./pace.ts";
export { eachItem, type Page } from "./pages.ts";
export { type PluginData, type PluginDataPlace, PluginDataStore } from "./plugin-data.ts";
export { type RemoteClusterInit, RemoteClusters } from "./remote-clusters.ts";
export { type RoleInit, type RoleListOptions, Roles } from "./roles.ts";
export { type CallOptions, RpcCaller, type TypedMethod } from "./rpc-caller.ts";
export { createServiceClient, type RpcFunction, type ServiceClient } from "./service-client.ts";
export type { Services } from "./services.ts";
export { type TokenInit, Tokens } from "./tokens.ts";
export {
  type CallHeaders,
  StatusError,
  type Transport,
  type TransportOptions,
  type TransportReply,
} from "./transport.ts";
export { type TrustedClusterInit, TrustedClusters } from "./trusted-clusters.ts";
export { type UserInit, type UserListOptions, Users } from "./users.ts";
export * from "./watch/index.ts";
export { instantOf, timestampOf } from "./wire-time.ts";
export {
  type JwtSvid,
  type Svid,
  type SvidWish,
  WorkloadIdentities,
  type WorkloadIdentityInit,
  type X509RevocationInit,
  type X509Svid,
} from "./workload-identities.ts";
