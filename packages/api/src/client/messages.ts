// The messages that programs meet most. All others are under `@sallyport/api/gen/…`.

export type { ExplainAccessResponse } from "#gen/sallyport/access/v1/access_explain_service_pb.js";
export {
  type AccessRequestRecord,
  AccessRequestRecordSchema,
  type ExplainAccessRequestResponse,
} from "#gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
export type { PingResponse } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
export {
  type AccessCapabilities,
  type AccessRequestV3,
  AccessRequestV3Schema,
  type AccessReview,
  type AccessReviewThreshold,
  type AuthPreferenceV2,
  AuthPreferenceV2Schema,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  type ClusterNetworkingConfigV2,
  ClusterNetworkingConfigV2Schema,
  type LockTarget,
  type LockV2,
  LockV2Schema,
  type Metadata,
  type ProvisionTokenV2,
  ProvisionTokenV2Schema,
  type RemoteClusterV3,
  RemoteClusterV3Schema,
  RequestState,
  type ResourceHeader,
  type ResourceID,
  type RoleV6,
  RoleV6Schema,
  type SessionRecordingConfigV2,
  SessionRecordingConfigV2Schema,
  type TrustedClusterV2,
  TrustedClusterV2Schema,
  type UserV2,
  UserV2Schema,
  type WatchKind,
} from "#gen/teleport/legacy/types/types_pb.js";
export {
  type WorkloadIdentity,
  WorkloadIdentitySchema,
} from "#gen/teleport/workloadidentity/v1/resource_pb.js";
export {
  type WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "#gen/teleport/workloadidentity/v1/revocation_resource_pb.js";
