import type { GenerateHostCertRequest } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import type { AuditEntry } from "../audit/index.ts";
import { auditTime, type Call, callerFields } from "../rpc/index.ts";
import type { CertificateDescription } from "./describe-certificate.ts";

/** A user certificate was issued; the entry says all that the certificate says. */
export function certificateCreated({ identity }: CertificateDescription, call: Call): AuditEntry {
  return {
    event: "cert.create",
    code: "TC000I",
    ...callerFields(call),
    cert_type: "user",
    identity: withoutEmpty({
      user: identity.username,
      impersonator: identity.impersonator,
      roles: identity.roles,
      usage: identity.usage,
      logins: identity.principals,
      kubernetes_groups: identity.kubernetesGroups,
      kubernetes_users: identity.kubernetesUsers,
      expires: auditTime(identity.expires?.getTime()),
      route_to_cluster: identity.routeToCluster,
      kubernetes_cluster: identity.kubernetesCluster,
      route_to_app: identity.app && {
        name: identity.app.name,
        public_addr: identity.app.publicAddr,
        cluster_name: identity.app.clusterName,
      },
      route_to_database: identity.database && {
        service_name: identity.database.serviceName,
        protocol: identity.database.protocol,
        username: identity.database.username,
        database: identity.database.database,
        roles: identity.database.roles,
      },
      traits: identity.traits,
      teleport_cluster: identity.teleportCluster,
      database_names: identity.databaseNames,
      database_users: identity.databaseUsers,
      mfa_device_uuid: identity.mfaVerified,
      client_ip: identity.loginIp,
      access_requests: identity.activeRequests,
      disallow_reissue: identity.disallowReissue,
      prev_identity_expires: auditTime(identity.previousIdentityExpires?.getTime()),
      private_key_policy: identity.privateKeyPolicy,
      bot_name: identity.botName,
      bot_instance_id: identity.botInstanceId,
    }),
  };
}

/** An SSH host certificate was issued; without an expiry it has no end. */
export function hostCertificateCreated(
  { hostId, nodeName, role }: Pick<GenerateHostCertRequest, "hostId" | "nodeName" | "role">,
  principals: readonly string[],
  expiresAt: number | undefined,
  call: Call,
): AuditEntry {
  return {
    event: "cert.create",
    code: "TC000I",
    ...callerFields(call),
    cert_type: "host",
    identity: withoutEmpty({
      user: hostId === "" ? nodeName : hostId,
      roles: [role],
      logins: principals,
      expires: auditTime(expiresAt),
    }),
  };
}

/** What was issued for a request (PKCS#10), or a token: by which authority, for whom, until when. */
export function requestedCertificateCreated(
  issued: {
    readonly kind: string;
    readonly caType: string;
    readonly name: string;
    readonly principals: readonly string[];
    readonly usage: readonly string[];
    readonly expiresAt: number;
    readonly roles?: readonly string[];
    /** Of a token. */
    readonly jti?: string;
  },
  call: Call,
): AuditEntry {
  return {
    event: "cert.create",
    code: "TC000I",
    ...callerFields(call),
    cert_type: issued.kind,
    ca_type: issued.caType,
    ...(issued.jti === undefined ? {} : { jti: issued.jti }),
    identity: withoutEmpty({
      user: issued.name,
      roles: issued.roles,
      usage: issued.usage,
      logins: issued.principals,
      expires: auditTime(issued.expiresAt),
    }),
  };
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled = Object.entries(fields).filter(
    ([, value]) =>
      value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(filled);
}
