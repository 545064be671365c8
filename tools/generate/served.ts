/**
 * The methods that the contract of `proto/` declares, by service. A method that is not here is answered
 * Unimplemented by gRPC itself. After a change run `import-facts.ts`, then `main.ts`.
 */
export const served: Readonly<Record<string, readonly string[]>> = {
  "proto.AuthService": words(`
    Ping GetDomainName GetClusterCACert CreateAuthenticateChallenge IsMFARequired GetMFADevices
    GetClusterAlerts UpsertClusterAlert CreateAlertAck GetAlertAcks ClearAlertAcks
    CreateAccessRequest CreateAccessRequestV2 GetAccessRequests GetAccessRequestsV2 ListAccessRequests
    SetAccessRequestState SubmitAccessReview GetAccessCapabilities DeleteAccessRequest
    GetAccessRequestAllowedPromotions GetPluginData UpdatePluginData WatchEvents
    GetUser GetUsers CreateUser UpdateUser DeleteUser GetCurrentUser GetCurrentUserRoles
    CreateResetPasswordToken GetResetPasswordToken
    GetRole GetRoles ListRoles CreateRole UpdateRole UpsertRoleV2 UpsertRole DeleteRole
    GetLock GetLocks UpsertLock DeleteLock ReplaceRemoteLocks
    AcquireSemaphore KeepAliveSemaphoreLease CancelSemaphoreLease GetSemaphores DeleteSemaphore
    GetToken GetTokens CreateTokenV2 UpsertTokenV2 DeleteToken UpsertToken CreateToken GenerateToken
    GenerateUserCerts GenerateUserSingleUseCerts GenerateHostCerts AssertSystemRole GenerateOpenSSHCert
    SignDatabaseCSR GenerateDatabaseCert GenerateAppToken GenerateSnowflakeJWT GenerateWindowsDesktopCert GenerateCertAuthorityCRL
    ListResources ListUnifiedResources GetInstances GetInventoryStatus
    GetApps GetDatabases GetKubernetesClusters GetWindowsDesktops GetWindowsDesktopServices
    GetSAMLConnectors GetOIDCConnectors GetGithubConnectors
    GetClusterAuditConfig
    GetClusterNetworkingConfig SetClusterNetworkingConfig ResetClusterNetworkingConfig
    GetSessionRecordingConfig SetSessionRecordingConfig ResetSessionRecordingConfig
    GetAuthPreference SetAuthPreference ResetAuthPreference
    GetEvents GetSessionEvents EmitAuditEvent GetTrustedClusters GetTrustedCluster
    UpsertTrustedCluster DeleteTrustedCluster UpdateRemoteCluster`),
  "teleport.users.v1.UsersService": words("GetUser ListUsers CreateUser UpdateUser UpsertUser DeleteUser"),
  "teleport.trust.v1.TrustService": words(`
    GetCertAuthority GetCertAuthorities DeleteCertAuthority UpsertCertAuthority RotateCertAuthority
    RotateExternalCertAuthority GenerateHostCert
    UpsertTrustedCluster CreateTrustedCluster UpdateTrustedCluster`),
  "teleport.clusterconfig.v1.ClusterConfigService": words(`
    GetClusterNetworkingConfig UpdateClusterNetworkingConfig UpsertClusterNetworkingConfig
    ResetClusterNetworkingConfig GetSessionRecordingConfig UpdateSessionRecordingConfig
    UpsertSessionRecordingConfig ResetSessionRecordingConfig GetAuthPreference UpdateAuthPreference
    UpsertAuthPreference ResetAuthPreference GetClusterAuditConfig GetClusterName`),
  "teleport.auditlog.v1.AuditLogService": words("GetUnstructuredEvents"),
  "teleport.accessmonitoringrules.v1.AccessMonitoringRulesService": words(`
    GetAccessMonitoringRule ListAccessMonitoringRules ListAccessMonitoringRulesWithFilter`),
  "teleport.accesslist.v1.AccessListService": words("GetAccessLists ListAccessLists GetAccessListsToReview"),
  "teleport.userloginstate.v1.UserLoginStateService": words("GetUserLoginState"),
  "teleport.presence.v1.PresenceService": words(`
    GetRemoteCluster ListRemoteClusters UpdateRemoteCluster DeleteRemoteCluster`),
  "teleport.workloadidentity.v1.WorkloadIdentityResourceService": words(`
    CreateWorkloadIdentity UpdateWorkloadIdentity UpsertWorkloadIdentity GetWorkloadIdentity
    DeleteWorkloadIdentity ListWorkloadIdentities`),
  "teleport.workloadidentity.v1.WorkloadIdentityIssuanceService": words(`
    IssueWorkloadIdentity IssueWorkloadIdentities`),
  "teleport.workloadidentity.v1.WorkloadIdentityRevocationService": words(`
    CreateWorkloadIdentityX509Revocation UpdateWorkloadIdentityX509Revocation
    UpsertWorkloadIdentityX509Revocation GetWorkloadIdentityX509Revocation
    DeleteWorkloadIdentityX509Revocation ListWorkloadIdentityX509Revocations StreamSignedCRL`),
  "teleport.machineid.v1.WorkloadIdentityService": words("SignX509SVIDs SignJWTSVIDs"),
  "teleport.machineid.v1.SPIFFEFederationService": words("GetSPIFFEFederation ListSPIFFEFederations"),
};

/** Messages that no served method reaches and that the code stores or encodes by themselves. */
export const servedMessages: readonly string[] = ["teleport.workloadidentity.v1.Attrs"];

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
