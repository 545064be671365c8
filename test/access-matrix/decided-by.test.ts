import assert from "node:assert/strict";
import { it } from "node:test";
import { startCluster } from "@sallyport/testkit";
import { authServices } from "../../packages/server/src/auth-services.ts";

/**
 * Every decision that a handler makes by itself, because the rule needs the message or the stored object, with the
 * methods that leave it to the handler. Whoever adds one has it reviewed here: is it asked in every path?
 */
const reviewed: Readonly<Record<string, readonly string[]>> = {
  "any certificate: it says only that no second factor is required": [
    "AuthService/CreateAuthenticateChallenge",
    "AuthService/IsMFARequired",
  ],
  "any certificate: one's own devices, of which there are none": ["AuthService/GetMFADevices"],
  "alerts by their permit labels, or cluster_alert list+read": ["AuthService/GetClusterAlerts"],
  "own access request, or the create rule": [
    "AuthService/CreateAccessRequest",
    "AuthService/CreateAccessRequestV2",
  ],
  "own, reviewable or readable access requests": [
    "AuthService/GetAccessRequestAllowedPromotions",
    "AuthService/GetAccessRequests",
    "AuthService/GetAccessRequestsV2",
    "AuthService/ListAccessRequests",
  ],
  "may review the access request": ["AuthService/SubmitAccessReview"],
  "own capabilities, or rules on users and roles": [
    "AccessRequestHistoryService/ExplainAccessRequest",
    "AuthService/GetAccessCapabilities",
  ],
  "rules on plugin data": ["AuthService/GetPluginData", "AuthService/UpdatePluginData"],
  "read on each watched kind; one's own access requests": ["AuthService/WatchEvents"],
  "own or readable user": ["AuthService/GetCurrentUser", "AuthService/GetUser", "UsersService/GetUser"],
  "cert_authority rotate of the own cluster, by its proxy": ["TrustService/RotateExternalCertAuthority"],
  "host_cert create, on the wish itself": ["TrustService/GenerateHostCert"],
  "a host for itself: a role that it holds": ["AuthService/AssertSystemRole"],
  "a host for itself: a role that it holds, or has asserted": ["AuthService/GenerateHostCerts"],
  "database_certificate create, a database service, or who may impersonate one": [
    "AuthService/GenerateDatabaseCert",
  ],
  "readable users": ["AuthService/GetUsers", "UsersService/ListUsers"],
  "rules on the user": [
    "AuthService/CreateResetPasswordToken",
    "AuthService/CreateUser",
    "AuthService/DeleteUser",
    "AuthService/UpdateUser",
    "UsersService/CreateUser",
    "UsersService/DeleteUser",
    "UsersService/UpdateUser",
    "UsersService/UpsertUser",
  ],
  "own roles": ["AuthService/GetCurrentUserRoles"],
  "own or readable role": ["AuthService/GetRole"],
  "readable roles": ["AuthService/GetRoles", "AuthService/ListRoles"],
  "rules on the role": [
    "AuthService/CreateRole",
    "AuthService/DeleteRole",
    "AuthService/UpdateRole",
    "AuthService/UpsertRole",
    "AuthService/UpsertRoleV2",
  ],
  "rules on the lock": [
    "AuthService/DeleteLock",
    "AuthService/GetLock",
    "AuthService/GetLocks",
    "AuthService/UpsertLock",
  ],
  "own certificate, an impersonation that a role allows, or the local administrator": [
    "AuthService/GenerateUserCerts",
  ],
  "own certificate, for one usage": ["AuthService/GenerateUserSingleUseCerts"],
  "each resource by its labels; there are none yet": [
    "AuthService/ListResources",
    "AuthService/ListUnifiedResources",
  ],
  "cert_authority readnosecrets; private keys for the local administrator only": [
    "TrustService/GetCertAuthority",
  ],
  "cert_authority list+readnosecrets; private keys for the local administrator only": [
    "TrustService/GetCertAuthorities",
  ],
  "lists that one owns; there are none yet": ["AccessListService/GetAccessListsToReview"],
  "any certificate: the list is empty for everybody": [
    "AccessMonitoringRulesService/ListAccessMonitoringRulesWithFilter",
  ],
  "own or readable access": ["AccessExplainService/ExplainAccess"],
  "create on the kind of the resource, and update where that writes over one": [
    "AccessExplainService/CheckResource",
  ],
  "cert_authority readnosecrets, or a Windows desktop service": ["AuthService/GenerateCertAuthorityCRL"],
  "any certificate: revocation lists are public": ["WorkloadIdentityRevocationService/StreamSignedCRL"],
  "spiffe conditions of one's roles": [
    "WorkloadIdentityService/SignJWTSVIDs",
    "WorkloadIdentityService/SignX509SVIDs",
  ],
  "certificate list+read, and update unless it is a dry run": [
    "CertificateInventoryService/RevokeCertificates",
  ],
};

it("threat 12: every decision that a handler makes by itself is reviewed", async () => {
  await using cluster = await startCluster();
  const found: Record<string, string[]> = {};
  // Only the tables are read; the feed is for running calls.
  for (const { service, table } of authServices(
    cluster.server.rooms,
    {} as Parameters<typeof authServices>[1],
  )) {
    for (const { name, localName } of service.methods) {
      const access = table[localName]?.access;
      assert.ok(access, `${service.typeName}/${name} does not say who may call it`);
      if (!("decidedBy" in access)) continue;
      found[access.decidedBy] = [...(found[access.decidedBy] ?? []), `${service.name}/${name}`].sort();
    }
  }
  assert.deepEqual(found, reviewed);
});
