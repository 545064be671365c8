// What commands do with each kind of resource, and how it looks in a terminal.
import type { KindName } from "@sallyport/api";
import { accessRequestActions } from "./access-request.ts";
import { certAuthorityActions } from "./cert-authority.ts";
import { clusterAlertActions } from "./cluster-alert.ts";
import { clusterAuthPreferenceActions } from "./cluster-auth-preference.ts";
import { clusterNetworkingConfigActions } from "./cluster-networking-config.ts";
import type { KindActions } from "./kind-actions.ts";
import { lockActions } from "./lock.ts";
import { remoteClusterActions } from "./remote-cluster.ts";
import { roleActions } from "./role.ts";
import { sessionRecordingConfigActions } from "./session-recording-config.ts";
import { tokenActions } from "./token.ts";
import { trustedClusterActions } from "./trusted-cluster.ts";
import { userActions } from "./user.ts";
import { workloadIdentityActions } from "./workload-identity.ts";
import { workloadIdentityX509RevocationActions } from "./workload-identity-x509-revocation.ts";

export type { KindActions } from "./kind-actions.ts";

export const actionsOf: Readonly<Record<KindName, KindActions>> = {
  user: userActions,
  role: roleActions,
  token: tokenActions,
  lock: lockActions,
  access_request: accessRequestActions,
  cluster_auth_preference: clusterAuthPreferenceActions,
  cluster_networking_config: clusterNetworkingConfigActions,
  session_recording_config: sessionRecordingConfigActions,
  cert_authority: certAuthorityActions,
  cluster_alert: clusterAlertActions,
  trusted_cluster: trustedClusterActions,
  remote_cluster: remoteClusterActions,
  workload_identity: workloadIdentityActions,
  workload_identity_x509_revocation: workloadIdentityX509RevocationActions,
};
