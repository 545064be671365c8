// Resources as documents: one file per kind, and the JSON form that official clients print and people write.
export { accessRequestKind } from "./access-request.ts";
export { certAuthorityKind } from "./cert-authority.ts";
export { clusterAlertKind } from "./cluster-alert.ts";
export { clusterAuthPreferenceKind } from "./cluster-auth-preference.ts";
export { clusterNetworkingConfigKind } from "./cluster-networking-config.ts";
export * from "./json/index.ts";
export { findKind, type KindName, type KnownKind, type ResourceMessage, resourceKinds } from "./kinds.ts";
export { lockKind } from "./lock.ts";
export {
  formatResource,
  type ParseResourceOptions,
  type Position,
  parseResource,
  type Resource,
  resourceName,
} from "./parse-resource.ts";
export { remoteClusterKind } from "./remote-cluster.ts";
export type { Header, ResourceKind, ResourceProblem } from "./resource-kind.ts";
export { roleKind } from "./role.ts";
export { sessionRecordingConfigKind } from "./session-recording-config.ts";
export { tokenKind } from "./token.ts";
export { trustedClusterKind } from "./trusted-cluster.ts";
export { userKind } from "./user.ts";
export { workloadIdentityKind } from "./workload-identity.ts";
export { workloadIdentityX509RevocationKind } from "./workload-identity-x509-revocation.ts";
