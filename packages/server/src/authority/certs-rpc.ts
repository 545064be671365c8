import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type AuthService,
  UserCertsRequest_CertPurpose as CertPurpose,
  UserCertsRequest_CertUsage as CertUsage,
  type MFAAuthenticateResponse,
  UserCertsRequest_Requester as Requester,
  type UserCertsRequest,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { CertsSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { parsePublicKeyLine, type SshPublicKey, toKeyObject } from "@sallyport/ssh";
import { checkSpki, decodePemBlock, exportSpki, parsePublicKey } from "@sallyport/x509";
import { type RpcPart, readTime } from "../rpc/index.ts";
import { type IssueDeps, issueUserCerts } from "./issue-user-certs.ts";
import type { UserKeys } from "./sign-user-certificates.ts";
import type { CertRequester, UserCertsWish } from "./user-certs.ts";

const usages: Record<CertUsage, UserCertsWish["usage"]> = {
  [CertUsage.All]: "all",
  [CertUsage.SSH]: "ssh",
  [CertUsage.Kubernetes]: "kubernetes",
  [CertUsage.Database]: "database",
  [CertUsage.App]: "app",
  [CertUsage.WindowsDesktop]: "windows_desktop",
};

const requesters: Partial<Record<Requester, CertRequester>> = {
  [Requester.TSH_DB_LOCAL_PROXY_TUNNEL]: "database tunnel",
  [Requester.TSH_KUBE_LOCAL_PROXY]: "kubernetes proxy",
  [Requester.TSH_KUBE_LOCAL_PROXY_HEADLESS]: "kubernetes proxy",
  [Requester.TSH_APP_LOCAL_PROXY]: "app proxy",
  [Requester.TSH_DB_EXEC]: "database exec",
};

export function certsRpcs(deps: IssueDeps): RpcPart<typeof AuthService, "generateUserCerts"> {
  return {
    generateUserCerts: {
      access: {
        decidedBy: "own certificate, an impersonation that a role allows, or the local administrator",
      },
      audit: ["cert.create", "cert.generation_mismatch", "user.login"],
      handle: async (request, call) => {
        const wish = wishOf(request);
        const signed = await issueUserCerts(deps, wish, keysFor(wish, keysOf(request)), call);
        if (wish.isSingleUse) {
          return create(CertsSchema, { SSH: Buffer.from(signed.ssh), TLS: Buffer.from(signed.tls) });
        }
        // A bot keeps no other list of authorities than the one that comes with its certificates.
        const { user, host } = deps.keyring;
        const authorities = signed.isRenewable ? [user, host] : [user];
        return create(CertsSchema, {
          SSH: Buffer.from(signed.ssh),
          TLS: Buffer.from(signed.tls),
          TLSCACerts: authorities.flatMap(({ tlsCertificates }) =>
            tlsCertificates.map((pem) => Buffer.from(pem)),
          ),
          SSHCACerts: authorities.flatMap(({ sshKeys }) => sshKeys.map((line) => Buffer.from(line))),
        });
      },
    },
  };
}

export function wishOf(request: UserCertsRequest): UserCertsWish {
  const usage = usages[request.Usage];
  if (usage === undefined) throw new AppError("BAD_PARAMETER", `unknown usage ${request.Usage}`);
  if (request.Format !== "" && request.Format !== "standard" && request.Format !== "oldssh") {
    throw new AppError(
      "BAD_PARAMETER",
      `format is standard or oldssh, not ${JSON.stringify(request.Format)}`,
    );
  }
  return {
    username: request.Username,
    expiresAt: readTime(request.Expires),
    format: request.Format,
    usage,
    isSingleUse: request.Purpose === CertPurpose.SINGLE_USE_CERTS,
    routeToCluster: request.RouteToCluster,
    kubernetesCluster: request.KubernetesCluster,
    nodeName: request.NodeName,
    appName: request.RouteToApp?.Name ?? "",
    databaseService: request.RouteToDatabase?.ServiceName ?? "",
    windowsDesktop: request.RouteToWindowsDesktop?.WindowsDesktop ?? "",
    accessRequests: request.AccessRequests,
    dropAccessRequests: request.DropAccessRequests,
    roleRequests: request.RoleRequests,
    useRoleRequests: request.UseRoleRequests,
    reissuableRoleImpersonation: request.ReissuableRoleImpersonation,
    requester: requesters[request.RequesterName],
    secondFactor: secondFactorOf(request.MFAResponse),
    database: databaseOf(request),
    app: appOf(request),
    connectionDiagnosticId: request.ConnectionDiagnosticID,
  };
}

export function secondFactorOf(answer: MFAAuthenticateResponse | undefined): UserCertsWish["secondFactor"] {
  const kind = answer?.Response.case;
  if (kind === undefined) return undefined;
  return kind === "TOTP" ? "totp" : "other";
}

function databaseOf({ RouteToDatabase: route }: UserCertsRequest): UserCertsWish["database"] {
  if (route === undefined || route.ServiceName === "") return undefined;
  return {
    serviceName: route.ServiceName,
    protocol: route.Protocol,
    username: route.Username,
    database: route.Database,
    roles: route.Roles,
  };
}

function appOf({ RouteToApp: route }: UserCertsRequest): UserCertsWish["app"] {
  if (route === undefined || route.Name === "") return undefined;
  return {
    name: route.Name,
    clusterName: route.ClusterName,
    publicAddr: route.PublicAddr,
    targetPort: route.TargetPort,
    awsRoleArn: route.AWSRoleARN,
    azureIdentity: route.AzureIdentity,
    gcpServiceAccount: route.GCPServiceAccount,
    awsCredentialProcess: "",
  };
}

/** Older clients send one SSH key (field 1), which both certificates are then for. */
export function keysOf(request: UserCertsRequest): UserKeys {
  const { PublicKey: shared, SSHPublicKey: ssh, TLSPublicKey: tls } = request;
  if (shared.length === 0 && ssh.length === 0 && tls.length === 0) {
    throw new AppError(
      "BAD_PARAMETER",
      "a certificate is for a key: ssh_public_key and tls_public_key are both empty",
    );
  }
  try {
    if (ssh.length > 0 || tls.length > 0) {
      return { ssh: ssh.length > 0 ? sshKey(ssh) : undefined, tls: tls.length > 0 ? tlsKey(tls) : undefined };
    }
    const key = sshKey(shared);
    return { ssh: key, tls: exportSpki(toKeyObject(key)) };
  } catch (error) {
    throw new AppError("BAD_PARAMETER", `the public key is refused: ${(error as Error).message}`);
  }
}

/** A single-use certificate is of the one kind that its usage takes. */
export function keysFor({ isSingleUse, usage }: UserCertsWish, keys: UserKeys): UserKeys {
  if (!isSingleUse) return keys;
  const kind = usage === "ssh" ? "ssh" : "tls";
  if (keys[kind] === undefined) {
    throw new AppError("BAD_PARAMETER", `a single-use certificate for ${usage} needs ${kind}_public_key`);
  }
  return { ssh: undefined, tls: undefined, [kind]: keys[kind] };
}

const sshKey = (line: Uint8Array): SshPublicKey =>
  parsePublicKeyLine(Buffer.from(line).toString("utf8").trim());

function tlsKey(pem: Uint8Array): Uint8Array {
  const text = Buffer.from(pem).toString("utf8");
  const { label, der } = decodePemBlock(text, ["PUBLIC KEY", "RSA PUBLIC KEY"]);
  return label === "PUBLIC KEY" ? checkSpki(der) : exportSpki(parsePublicKey(text));
}
