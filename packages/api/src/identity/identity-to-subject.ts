import { AppError } from "../errors/index.ts";
import { checkName, checkText } from "./check-text.ts";
import {
  identityArc,
  identityAttribute as own,
  type Subject,
  type SubjectAttribute,
  type SubjectRdn,
  standardAttribute as standard,
} from "./distinguished-name.ts";
import type { AppIdentity, DatabaseIdentity, DeviceIdentity, Identity } from "./identity.ts";
import { toJsonText } from "./json-text.ts";
import { formatRfc3339 } from "./rfc3339.ts";
import { formatTraits } from "./traits-text.ts";

const maxSubjectBytes = 60 * 1024;
const bytesPerAttribute = 32;

/**
 * The subject of a certificate for this identity. Roles, usages and principals become one set each, so that their
 * order and repetitions are lost; `expires` is no part of it; times are cut to a second.
 *
 * @throws AppError BAD_PARAMETER for an empty name, control characters, text that is not valid Unicode, or an
 * identity too large for a certificate.
 */
export function identityToSubject(identity: Identity): Subject {
  const subject: Subject = [
    ...set(standard.role, "role", identity.roles),
    ...set(standard.usage, "usage", identity.usage),
    ...set(standard.principal, "login", identity.principals),
    [{ oid: standard.routeToCluster, value: checkText("route to cluster", identity.routeToCluster) }],
    [{ oid: standard.traits, value: formatTraits(identity.traits) }],
    [{ oid: standard.username, value: checkName("user name", identity.username) }],
    ...extras(identity).map((attribute) => [attribute]),
  ];
  checkSize(subject);
  return subject;
}

function set(oid: string, field: string, values: readonly string[]): SubjectRdn[] {
  const attributes = [...new Set(values)].map((value) => ({ oid, value: checkName(field, value) }));
  return attributes.length === 0 ? [] : [attributes];
}

function extras(identity: Identity): SubjectAttribute[] {
  const { app, database, device } = identity;
  return [
    ...many(own.kubernetesUser, "kubernetes user", identity.kubernetesUsers),
    ...many(own.kubernetesGroup, "kubernetes group", identity.kubernetesGroups),
    ...one(own.kubernetesCluster, "kubernetes cluster", identity.kubernetesCluster),
    ...(app === undefined ? [] : appAttributes(app)),
    ...one(own.teleportCluster, "cluster", identity.teleportCluster),
    ...sessionAttributes(identity),
    ...many(own.awsRoleArn, "AWS role ARN", identity.awsRoleArns),
    ...many(own.azureIdentity, "Azure identity", identity.azureIdentities),
    ...many(own.gcpServiceAccount, "GCP service account", identity.gcpServiceAccounts),
    ...(database === undefined ? [] : databaseAttributes(database)),
    ...many(own.allowedDatabaseName, "database name", identity.databaseNames),
    ...many(own.allowedDatabaseUser, "database user", identity.databaseUsers),
    ...grantAttributes(identity),
    ...botAttributes(identity),
    ...(device === undefined ? [] : deviceAttributes(device)),
    ...identity.unknownAttributes.flatMap(([oid, value]) => unknownAttribute(oid, value)),
  ];
}

function sessionAttributes(identity: Identity): SubjectAttribute[] {
  return [
    ...one(own.mfaVerified, "MFA device", identity.mfaVerified),
    ...one(own.loginIp, "login IP", identity.loginIp),
    ...one(own.pinnedIp, "pinned IP", identity.pinnedIp),
    ...one(own.privateKeyPolicy, "private key policy", identity.privateKeyPolicy),
    ...one(own.userType, "user type", identity.userType),
    ...one(own.connectionDiagnosticId, "connection diagnostic", identity.connectionDiagnosticId),
  ];
}

function grantAttributes(identity: Identity): SubjectAttribute[] {
  const { allowedResourceIds: resources, previousIdentityExpires: previous } = identity;
  return [
    ...one(own.impersonator, "impersonator", identity.impersonator),
    ...many(own.activeRequest, "access request", identity.activeRequests),
    ...flag(own.disallowReissue, identity.disallowReissue),
    ...flag(own.renewable, identity.renewable),
    ...one(own.generation, "generation", identity.generation > 0n ? identity.generation.toString() : ""),
    ...one(own.allowedResourceIds, "resource ids", formatResourceIds(resources)),
    ...many(own.systemRole, "system role", identity.systemRoles),
    ...one(own.previousIdentityExpires, "expiry", previous === undefined ? "" : formatRfc3339(previous)),
  ];
}

/** The empty list is written too: it allows nothing, where no list allows everything. */
function formatResourceIds(ids: Identity["allowedResourceIds"]): string {
  return ids === undefined ? "" : toJsonText(ids.map((id) => checkName("resource id", id)));
}

function botAttributes(identity: Identity): SubjectAttribute[] {
  return [
    ...one(own.botName, "bot name", identity.botName),
    ...one(own.botInstanceId, "bot instance", identity.botInstanceId),
    ...one(own.joinAttributes, "join attributes", identity.joinAttributes),
  ];
}

function appAttributes(app: AppIdentity): SubjectAttribute[] {
  return [
    ...one(own.appSessionId, "app session", app.sessionId),
    ...one(own.appClusterName, "app cluster", app.clusterName),
    ...one(own.appPublicAddr, "app address", app.publicAddr),
    ...one(own.appName, "app name", app.name),
    ...one(own.appTargetPort, "app port", app.targetPort > 0 ? app.targetPort.toString() : ""),
    ...one(own.appAwsRoleArn, "app AWS role ARN", app.awsRoleArn),
    ...one(own.appAzureIdentity, "app Azure identity", app.azureIdentity),
    ...one(own.appGcpServiceAccount, "app GCP service account", app.gcpServiceAccount),
    ...one(own.appAwsCredentialProcess, "app AWS credentials", app.awsCredentialProcess),
  ];
}

function databaseAttributes(database: DatabaseIdentity): SubjectAttribute[] {
  return [
    ...one(own.databaseService, "database service", database.serviceName),
    ...one(own.databaseProtocol, "database protocol", database.protocol),
    ...one(own.databaseUsername, "database user", database.username),
    ...one(own.databaseName, "database", database.database),
    ...many(own.databaseRole, "database role", database.roles),
  ];
}

function deviceAttributes(device: DeviceIdentity): SubjectAttribute[] {
  return [
    ...one(own.deviceId, "device", device.id),
    ...one(own.deviceAssetTag, "asset tag", device.assetTag),
    ...one(own.deviceCredentialId, "device credential", device.credentialId),
  ];
}

function one(oid: string, field: string, value: string): SubjectAttribute[] {
  return value === "" ? [] : [{ oid, value: checkText(field, value) }];
}

function many(oid: string, field: string, values: readonly string[]): SubjectAttribute[] {
  return values.map((value) => ({ oid, value: checkName(field, value) }));
}

function flag(oid: string, isSet: boolean): SubjectAttribute[] {
  return isSet ? [{ oid, value: "true" }] : [];
}

const knownOids: ReadonlySet<string> = new Set(Object.values(own));

/** An unknown attribute goes on as it is, and can never pose as one that has a meaning. */
function unknownAttribute(oid: string, value: string): SubjectAttribute[] {
  if (!oid.startsWith(identityArc) || knownOids.has(oid)) {
    throw new AppError("BAD_PARAMETER", `attribute ${oid} is not an unknown attribute`);
  }
  return [{ oid, value: checkText(oid, value) }];
}

function checkSize(subject: Subject): void {
  const attributes = subject.flat();
  const overhead = attributes.length * bytesPerAttribute;
  const chars = attributes.reduce((sum, { value }) => sum + value.length, 0);
  // A UTF-16 unit takes three octets of UTF-8 at most, so a small subject needs no exact count.
  if (overhead + chars * 3 <= maxSubjectBytes) return;
  const encoder = new TextEncoder();
  const bytes = attributes.reduce((sum, { value }) => sum + encoder.encode(value).length, 0);
  if (overhead + bytes <= maxSubjectBytes) return;
  const what = `the identity takes ${overhead + bytes} bytes of a certificate, ${maxSubjectBytes} are the limit`;
  throw new AppError("BAD_PARAMETER", `${what}; give the user fewer roles, traits or requests`);
}
