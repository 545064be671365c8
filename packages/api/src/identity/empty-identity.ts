import type { Identity } from "./identity.ts";

/** An identity that names a user and grants nothing: the start for tests and for issuing. */
export function emptyIdentity(username: string): Identity {
  return {
    ...{ username, roles: [], usage: [], principals: [], traits: {} },
    ...{ teleportCluster: "", routeToCluster: "" },
    ...{ kubernetesUsers: [], kubernetesGroups: [], kubernetesCluster: "" },
    ...{ app: undefined, database: undefined, databaseNames: [], databaseUsers: [] },
    ...{ awsRoleArns: [], azureIdentities: [], gcpServiceAccounts: [] },
    ...{ mfaVerified: "", loginIp: "", pinnedIp: "", impersonator: "", activeRequests: [] },
    ...{ disallowReissue: false, renewable: false, generation: 0n, privateKeyPolicy: "", userType: "" },
    ...{ systemRoles: [], allowedResourceIds: undefined, previousIdentityExpires: undefined },
    ...{ connectionDiagnosticId: "", botName: "", botInstanceId: "", joinAttributes: "", device: undefined },
    ...{ expires: undefined, unknownAttributes: [] },
  };
}
