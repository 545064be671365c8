/** One attribute of a distinguished name: dotted object identifier and its string value. */
export interface SubjectAttribute {
  readonly oid: string;
  readonly value: string;
}

/** A relative distinguished name: a set, so the order within it means nothing. */
export type SubjectRdn = readonly SubjectAttribute[];

/** The subject of a certificate, as `@sallyport/x509` reads and writes it. */
export type Subject = readonly SubjectRdn[];

/** Attributes of X.520 that carry a part of the identity. */
export const standardAttribute = {
  username: "2.5.4.3",
  principal: "2.5.4.7",
  routeToCluster: "2.5.4.9",
  role: "2.5.4.10",
  usage: "2.5.4.11",
  traits: "2.5.4.17",
} as const;

/** Everything of the arc that the wire contract uses starts with this. */
export const identityArc = "1.3.9999.";

/** Attributes of the identity's own arc, one value each where the name is singular in `Identity` too. */
export const identityAttribute = {
  kubernetesUser: `${identityArc}1.1`,
  kubernetesGroup: `${identityArc}1.2`,
  kubernetesCluster: `${identityArc}1.3`,
  appSessionId: `${identityArc}1.4`,
  appClusterName: `${identityArc}1.5`,
  appPublicAddr: `${identityArc}1.6`,
  teleportCluster: `${identityArc}1.7`,
  mfaVerified: `${identityArc}1.8`,
  loginIp: `${identityArc}1.9`,
  appName: `${identityArc}1.10`,
  appAwsRoleArn: `${identityArc}1.11`,
  awsRoleArn: `${identityArc}1.12`,
  renewable: `${identityArc}1.13`,
  generation: `${identityArc}1.14`,
  privateKeyPolicy: `${identityArc}1.15`,
  appAzureIdentity: `${identityArc}1.16`,
  azureIdentity: `${identityArc}1.17`,
  appGcpServiceAccount: `${identityArc}1.18`,
  gcpServiceAccount: `${identityArc}1.19`,
  userType: `${identityArc}1.20`,
  appTargetPort: `${identityArc}1.21`,
  appAwsCredentialProcess: `${identityArc}1.22`,
  databaseService: `${identityArc}2.1`,
  databaseProtocol: `${identityArc}2.2`,
  databaseUsername: `${identityArc}2.3`,
  databaseName: `${identityArc}2.4`,
  allowedDatabaseName: `${identityArc}2.5`,
  allowedDatabaseUser: `${identityArc}2.6`,
  impersonator: `${identityArc}2.7`,
  activeRequest: `${identityArc}2.8`,
  disallowReissue: `${identityArc}2.9`,
  allowedResourceIds: `${identityArc}2.10`,
  systemRole: `${identityArc}2.11`,
  previousIdentityExpires: `${identityArc}2.12`,
  connectionDiagnosticId: `${identityArc}2.13`,
  pinnedIp: `${identityArc}2.15`,
  botName: `${identityArc}2.18`,
  databaseRole: `${identityArc}2.19`,
  botInstanceId: `${identityArc}2.20`,
  joinAttributes: `${identityArc}2.21`,
  deviceId: `${identityArc}3.1`,
  deviceAssetTag: `${identityArc}3.2`,
  deviceCredentialId: `${identityArc}3.3`,
} as const;
