import { AppError } from "../errors/index.ts";
import {
  identityAttribute as own,
  type Subject,
  standardAttribute as standard,
} from "./distinguished-name.ts";
import type { AppIdentity, DatabaseIdentity, DeviceIdentity, Identity } from "./identity.ts";
import { parseStringList } from "./json-text.ts";
import { parseRfc3339 } from "./rfc3339.ts";
import { SubjectValues } from "./subject-values.ts";
import { parseTraits } from "./traits-text.ts";

const maxUint64 = 0xffff_ffff_ffff_ffffn;
const maxPort = 65535n;

/** What the rest of the certificate adds to its subject. */
export interface SubjectContext {
  /** `notAfter` of the certificate, in milliseconds since 1970. */
  readonly notAfterAt?: number | undefined;
  /** O of the issuer: the cluster, for certificates of the 4.x era, which do not name it themselves. */
  readonly issuerOrganization?: string | undefined;
}

/**
 * The identity in the subject of a certificate whose signature is verified already. Order and grouping of the
 * attributes mean nothing; those of our arc without a known meaning are kept.
 *
 * @throws AppError BAD_PARAMETER for a subject without a name, with contradicting or malformed attributes.
 */
export function identityFromSubject(subject: Subject, context: SubjectContext = {}): Identity {
  const values = new SubjectValues(subject);
  const username = values.one(standard.username);
  if (username === "") throw new AppError("BAD_PARAMETER", "the certificate names no one");
  return {
    username,
    roles: values.many(standard.role),
    usage: values.many(standard.usage),
    principals: values.many(standard.principal),
    traits: parseTraits(values.one(standard.traits)),
    teleportCluster: values.one(own.teleportCluster) || (context.issuerOrganization ?? ""),
    routeToCluster: values.one(standard.routeToCluster),
    ...readTargets(values),
    ...readSession(values),
    ...readGrants(values),
    expires: context.notAfterAt === undefined ? undefined : new Date(context.notAfterAt),
    unknownAttributes: values.unknown(),
  };
}

function readTargets(values: SubjectValues) {
  return {
    kubernetesUsers: values.many(own.kubernetesUser),
    kubernetesGroups: values.many(own.kubernetesGroup),
    kubernetesCluster: values.one(own.kubernetesCluster),
    app: readApp(values),
    database: readDatabase(values),
    databaseNames: values.many(own.allowedDatabaseName),
    databaseUsers: values.many(own.allowedDatabaseUser),
    awsRoleArns: values.many(own.awsRoleArn),
    azureIdentities: values.many(own.azureIdentity),
    gcpServiceAccounts: values.many(own.gcpServiceAccount),
  };
}

function readSession(values: SubjectValues) {
  return {
    mfaVerified: values.one(own.mfaVerified),
    loginIp: values.one(own.loginIp),
    pinnedIp: values.one(own.pinnedIp),
    privateKeyPolicy: values.one(own.privateKeyPolicy),
    userType: values.one(own.userType),
    connectionDiagnosticId: values.one(own.connectionDiagnosticId),
    botName: values.one(own.botName),
    botInstanceId: values.one(own.botInstanceId),
    joinAttributes: values.one(own.joinAttributes),
    device: readDevice(values),
  };
}

function readGrants(values: SubjectValues) {
  const resourceIds = values.one(own.allowedResourceIds);
  return {
    impersonator: values.one(own.impersonator),
    activeRequests: values.many(own.activeRequest),
    disallowReissue: values.flag(own.disallowReissue),
    renewable: values.flag(own.renewable),
    generation: values.unsigned(own.generation, maxUint64),
    systemRoles: values.many(own.systemRole),
    allowedResourceIds: resourceIds === "" ? undefined : parseStringList("resource ids", resourceIds),
    previousIdentityExpires: parseRfc3339("previous expiry", values.one(own.previousIdentityExpires)),
  };
}

function readApp(values: SubjectValues): AppIdentity | undefined {
  const app = {
    sessionId: values.one(own.appSessionId),
    clusterName: values.one(own.appClusterName),
    publicAddr: values.one(own.appPublicAddr),
    name: values.one(own.appName),
    targetPort: Number(values.unsigned(own.appTargetPort, maxPort)),
    awsRoleArn: values.one(own.appAwsRoleArn),
    azureIdentity: values.one(own.appAzureIdentity),
    gcpServiceAccount: values.one(own.appGcpServiceAccount),
    awsCredentialProcess: values.one(own.appAwsCredentialProcess),
  };
  return Object.values(app).some((value) => value !== "" && value !== 0) ? app : undefined;
}

function readDatabase(values: SubjectValues): DatabaseIdentity | undefined {
  const database = {
    serviceName: values.one(own.databaseService),
    protocol: values.one(own.databaseProtocol),
    username: values.one(own.databaseUsername),
    database: values.one(own.databaseName),
    roles: values.many(own.databaseRole),
  };
  return Object.values(database).some((value) => value.length > 0) ? database : undefined;
}

function readDevice(values: SubjectValues): DeviceIdentity | undefined {
  const device = {
    id: values.one(own.deviceId),
    assetTag: values.one(own.deviceAssetTag),
    credentialId: values.one(own.deviceCredentialId),
  };
  return Object.values(device).some((value) => value !== "") ? device : undefined;
}
