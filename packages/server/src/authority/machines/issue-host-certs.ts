import { isIP } from "node:net";
import { AppError, emptyIdentity, hostSshExtensions, identityToSubject } from "@sallyport/api";
import type { HostCertsRequest } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { issueSshCertificate, parsePublicKeyLine, type SshPublicKey } from "@sallyport/ssh";
import {
  checkSpki,
  decodePemBlock,
  encodePem,
  endEntityKeyUsage,
  exportSpki,
  issueCertificate,
  parsePublicKey,
} from "@sallyport/x509";
import type { IssueNumber } from "../../certificates/index.ts";
import { type Call, ipOf, type SystemRole } from "../../rpc/index.ts";
import { hostCertificateCreated } from "../events.ts";
import { hostEntry } from "../inventory-entry.ts";
import { hostPrincipals } from "../issue-host-cert.ts";
import type { LoadedAuthority } from "../keyring.ts";
import { refuseInput } from "../refuse-input.ts";
import { readRotation } from "../rotation/index.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import { SKEW_MS } from "../sign-user-certificates.ts";
import { decideHostNames } from "./decide-host-names.ts";
import { decideHostRole } from "./decide-host-role.ts";
import { heldRoles, hostIdOf } from "./held-roles.ts";
import { assertedRoles } from "./role-assertions.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/** What was decided: nothing of the request is looked at from here on. */
interface HostDecision {
  readonly username: string;
  readonly role: SystemRole;
  readonly systemRoles: readonly SystemRole[];
  readonly sshPrincipals: readonly string[];
  readonly tlsNames: readonly string[];
  readonly ssh: SshPublicKey;
  readonly tls: Uint8Array;
  readonly expiresAt: number;
}

/** New certificates for a service that has certificates, as it gets them when it starts and when keys rotate. */
export async function issueHostCerts(deps: ServiceIssueDeps, request: HostCertsRequest, call: Call) {
  const { now } = call;
  await refuseOtherRotation(deps, request);
  const decision = await decide(deps, request, call);
  const issuing = { keys: { ssh: decision.ssh, x509: decision.tls }, call };
  deps.inventory.refuseRevoked(issuing);
  const number = deps.inventory.next(now);
  // A rotation may change the authority while the signatures are made.
  const authority = deps.keyring.host;
  const [ssh, tls] = await refuseInput("the certificates cannot be written", () =>
    Promise.all([
      signSsh(deps, authority, decision, number, now),
      signTls(deps, authority, decision, number, now),
    ]),
  );
  const hostId = request.HostID;
  const { role, sshPrincipals: principals, expiresAt } = decision;
  const about = { kind: "system", name: hostId, role, principals, now, expiresAt } as const;
  const certificate = hostEntry({ ...about, authority, number, keys: issuing.keys, call });
  const entry = deps.auditChange(
    hostCertificateCreated({ hostId, nodeName: request.NodeName, role }, principals, expiresAt, call),
  );
  await deps.inventory.record({ ...issuing, certificate }, entry);
  return {
    SSH: Buffer.from(ssh),
    TLS: Buffer.from(tls),
    TLSCACerts: authority.tlsCertificates.map((pem) => Buffer.from(pem)),
    SSHCACerts: authority.sshKeys.map((line) => Buffer.from(line)),
  };
}

async function decide(deps: ServiceIssueDeps, request: HostCertsRequest, call: Call): Promise<HostDecision> {
  const { caller, now } = call;
  if (request.HostID === "") throw new AppError("BAD_PARAMETER", "the request has no host_id");
  if (hostIdOf(caller, deps.clusterName) !== request.HostID) {
    throw new AppError("ACCESS_DENIED", "a host gets certificates for itself only");
  }
  const asserted = await assertedRoles(deps.backend, request.SystemRoleAssertionID, request.HostID);
  const wish = { role: request.Role, systemRoles: request.SystemRoles };
  const roles = decideHostRole(wish, heldRoles(caller), asserted);
  if (!roles.allow) throw new AppError(roles.reason, roles.because);
  const { HostID: hostId, NodeName: nodeName } = request;
  const names = decideHostNames({
    role: roles.role,
    hostId,
    nodeName,
    clusterName: deps.clusterName,
    additionalPrincipals: request.AdditionalPrincipals,
    dnsNames: request.DNSNames,
    remoteIp: ipOf(call.remoteAddress),
  });
  if (!names.allow) throw new AppError("ACCESS_DENIED", names.because);
  return {
    username: caller.name,
    role: roles.role,
    systemRoles: roles.systemRoles,
    sshPrincipals: hostPrincipals(
      { hostId, nodeName, principals: [...names.principals], role: roles.role },
      deps.clusterName,
    ),
    tlsNames: names.tlsNames,
    ...(await keysOf(request)),
    expiresAt: Math.min(now + TEN_YEARS_MS, deps.keyring.host.certificate.notAfterAt),
  };
}

function keysOf({ PublicSSHKey, PublicTLSKey }: HostCertsRequest) {
  if (PublicSSHKey.length === 0 || PublicTLSKey.length === 0) {
    throw new AppError("BAD_PARAMETER", "a host has a public_ssh_key and a public_tls_key");
  }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
  return refuseInput("the host's public key is refused", () => {
    const pem = text(PublicTLSKey);
    const { label, der } = decodePemBlock(pem, ["PUBLIC KEY", "RSA PUBLIC KEY"]);
    return {
      ssh: parsePublicKeyLine(text(PublicSSHKey).trim()),
      tls: label === "PUBLIC KEY" ? checkSpki(der) : exportSpki(parsePublicKey(pem)),
    };
  });
}

/** A service that knows of another phase than there is would go on with keys that are not what it takes them for. */
async function refuseOtherRotation(
  deps: ServiceIssueDeps,
  { Rotation: theirs }: HostCertsRequest,
): Promise<void> {
  if (theirs === undefined) return;
  const told = readRotation(theirs);
  const now = readRotation((await deps.authorities.ensure("host")).Spec?.Rotation);
  if (told.id === now.id && told.phase === now.phase) return;
  throw new AppError(
    "BAD_PARAMETER",
    `the host authority is in phase ${now.phase} of its rotation, not in ${told.phase}: ask again with what it is now`,
  );
}

async function signSsh(
  { clusterName }: ServiceIssueDeps,
  { ssh }: LoadedAuthority,
  decision: HostDecision,
  number: IssueNumber,
  now: number,
): Promise<string> {
  const { line } = await issueSshCertificate({
    signer: ssh,
    use: "host",
    publicKey: decision.ssh,
    serial: number.sshSerial,
    keyId: "",
    principals: decision.sshPrincipals,
    validAfterAt: now - SKEW_MS,
    validBeforeAt: "forever",
    ...hostSshExtensions({ systemRole: decision.role, clusterName }),
  });
  return line;
}

async function signTls(
  { clusterName, inventory }: ServiceIssueDeps,
  { x509, fingerprints }: LoadedAuthority,
  decision: HostDecision,
  number: IssueNumber,
  now: number,
): Promise<string> {
  const der = await issueCertificate({
    issuer: x509,
    subject: identityToSubject({
      ...emptyIdentity(decision.username),
      roles: [decision.role],
      systemRoles: decision.systemRoles,
      teleportCluster: clusterName,
    }),
    publicKey: decision.tls,
    serialNumber: number.x509Serial,
    notBeforeAt: now - SKEW_MS,
    notAfterAt: decision.expiresAt,
    keyUsage: endEntityKeyUsage(decision.tls),
    extKeyUsage: ["serverAuth", "clientAuth"],
    sans: {
      dns: decision.tlsNames.filter((name) => isIP(name) === 0),
      ip: decision.tlsNames.filter((name) => isIP(name) !== 0),
    },
    extensions: inventory.pointers("host", fingerprints.x509),
  });
  return encodePem("CERTIFICATE", der);
}
