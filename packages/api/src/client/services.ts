import { AccessExplainService } from "#gen/sallyport/access/v1/access_explain_service_pb.js";
import { AccessRequestHistoryService } from "#gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import { CertificateInventoryService } from "#gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import { AccessListService } from "#gen/teleport/accesslist/v1/accesslist_service_pb.js";
import { AccessMonitoringRulesService } from "#gen/teleport/accessmonitoringrules/v1/access_monitoring_rules_service_pb.js";
import { AuditLogService } from "#gen/teleport/auditlog/v1/auditlog_pb.js";
import { ClusterConfigService } from "#gen/teleport/clusterconfig/v1/clusterconfig_service_pb.js";
import { AuthService } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { PresenceService } from "#gen/teleport/presence/v1/service_pb.js";
import { TrustService } from "#gen/teleport/trust/v1/trust_service_pb.js";
import { UserLoginStateService } from "#gen/teleport/userloginstate/v1/userloginstate_service_pb.js";
import { UsersService } from "#gen/teleport/users/v1/users_service_pb.js";
import { WorkloadIdentityIssuanceService } from "#gen/teleport/workloadidentity/v1/issuance_service_pb.js";
import { WorkloadIdentityResourceService } from "#gen/teleport/workloadidentity/v1/resource_service_pb.js";
import { WorkloadIdentityRevocationService } from "#gen/teleport/workloadidentity/v1/revocation_service_pb.js";
import type { RpcCaller } from "./rpc-caller.ts";
import { createServiceClient, type ServiceClient } from "./service-client.ts";

/** Every method of the wire, as it is: requests and answers are the messages of the contract. */
export interface Services {
  /** `proto.AuthService`, where most of the API lives. */
  readonly auth: ServiceClient<typeof AuthService>;
  /** `teleport.users.v1.UsersService`; `client.users` is the shorter way. */
  readonly usersService: ServiceClient<typeof UsersService>;
  /** `teleport.trust.v1.TrustService`: certificate authorities. */
  readonly trust: ServiceClient<typeof TrustService>;
  /** `teleport.clusterconfig.v1.ClusterConfigService`. */
  readonly clusterConfig: ServiceClient<typeof ClusterConfigService>;
  /** `teleport.auditlog.v1.AuditLogService`; `client.events` is the shorter way. */
  readonly auditLog: ServiceClient<typeof AuditLogService>;
  /** `teleport.accesslist.v1.AccessListService`. */
  readonly accessLists: ServiceClient<typeof AccessListService>;
  /** `teleport.accessmonitoringrules.v1.AccessMonitoringRulesService`. */
  readonly accessMonitoringRules: ServiceClient<typeof AccessMonitoringRulesService>;
  /** `teleport.presence.v1.PresenceService`. */
  readonly presence: ServiceClient<typeof PresenceService>;
  /** `teleport.userloginstate.v1.UserLoginStateService`. */
  readonly userLoginStates: ServiceClient<typeof UserLoginStateService>;
  /** `teleport.workloadidentity.v1.WorkloadIdentityResourceService`; `client.workloadIdentities` is the shorter way. */
  readonly workloadIdentityResources: ServiceClient<typeof WorkloadIdentityResourceService>;
  /** `teleport.workloadidentity.v1.WorkloadIdentityIssuanceService`. */
  readonly workloadIdentityIssuance: ServiceClient<typeof WorkloadIdentityIssuanceService>;
  /** `teleport.workloadidentity.v1.WorkloadIdentityRevocationService`. */
  readonly workloadIdentityRevocations: ServiceClient<typeof WorkloadIdentityRevocationService>;
  /** `sallyport.accessrequests.v1.AccessRequestHistoryService`; a Teleport server does not have it. */
  readonly accessRequestHistory: ServiceClient<typeof AccessRequestHistoryService>;
  /** `sallyport.access.v1.AccessExplainService`; a Teleport server does not have it. */
  readonly accessExplain: ServiceClient<typeof AccessExplainService>;
  /** `sallyport.certificates.v1.CertificateInventoryService`; a Teleport server does not have it. */
  readonly certificateInventory: ServiceClient<typeof CertificateInventoryService>;
}

/** Clients of all services that a Sallyport server serves. */
export function createServices(caller: RpcCaller): Services {
  return {
    auth: createServiceClient(AuthService, caller),
    usersService: createServiceClient(UsersService, caller),
    trust: createServiceClient(TrustService, caller),
    clusterConfig: createServiceClient(ClusterConfigService, caller),
    auditLog: createServiceClient(AuditLogService, caller),
    accessLists: createServiceClient(AccessListService, caller),
    accessMonitoringRules: createServiceClient(AccessMonitoringRulesService, caller),
    presence: createServiceClient(PresenceService, caller),
    userLoginStates: createServiceClient(UserLoginStateService, caller),
    workloadIdentityResources: createServiceClient(WorkloadIdentityResourceService, caller),
    workloadIdentityIssuance: createServiceClient(WorkloadIdentityIssuanceService, caller),
    workloadIdentityRevocations: createServiceClient(WorkloadIdentityRevocationService, caller),
    accessRequestHistory: createServiceClient(AccessRequestHistoryService, caller),
    accessExplain: createServiceClient(AccessExplainService, caller),
    certificateInventory: createServiceClient(CertificateInventoryService, caller),
  };
}
