import { isIP } from "node:net";
import { AppError } from "@sallyport/api";
import {
  type DatabaseCertRequest,
  DatabaseCertRequest_Extensions as Extensions,
  DatabaseCertRequest_Requester as Requester,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { attributeValues, type CertificateRequest, endEntityKeyUsage, nameOid } from "@sallyport/x509";
import { decideImpersonation } from "../../roles/index.ts";
import { type Call, readNanos } from "../../rpc/index.ts";
import { type CsrDecision, issueForCsr, readCsr } from "../issue-for-csr.ts";
import { appliedRoles } from "../issue-user-certs.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import { smartcardExtensions } from "../smartcard-extensions.ts";

/**
 * A certificate for a database server, which its owner puts there (requester TCTL), or for a database service to show
 * to a database. Subject and key are those of the request; the authority counts for databases alone, never here.
 */
export async function issueDatabaseCert(deps: ServiceIssueDeps, request: DatabaseCertRequest, call: Call) {
  await demandDatabaseCert(deps, call);
  const ttlMs = readNanos(request.TTL);
  if (ttlMs <= 0) throw new AppError("BAD_PARAMETER", "the lifetime of the certificate is missing");
  const csr = await readCsr(request.CSR);
  const isForServer = request.RequesterName === Requester.TCTL;
  const [server, client] = await Promise.all([deps.caKeys("db"), deps.caKeys("db_client")]);
  const decision: CsrDecision = {
    ca: isForServer ? server.tlsForServers : client.tls,
    kind: "database",
    subject: csr.subject,
    expiresAt: call.now + ttlMs,
    ...(await contents(request, csr, isForServer)),
  };
  const cert = await issueForCsr(deps, csr, decision, call);
  const isSmartcard = request.CertificateExtensions === Extensions.WINDOWS_SMARTCARD;
  const { tlsCertificates } = isForServer || isSmartcard ? client : server;
  const nodes = isForServer && trustsNodesHere(csr, call.clientVersion) ? server.tlsCertificates : [];
  return { Cert: Buffer.from(cert), CACerts: [...tlsCertificates, ...nodes].map((pem) => Buffer.from(pem)) };
}

/**
 * Before version 14 one authority was behind servers and clients, and tctl makes the `ca.crt` of a CockroachDB node, by
 * which it trusts the others, of this answer alone. Their names are `node` by contract.
 */
function trustsNodesHere({ subject }: CertificateRequest, clientVersion = ""): boolean {
  const major = /^v?(\d{1,9})\./.exec(clientVersion)?.[1];
  return Number(major) < 14 && attributeValues(subject, nameOid.commonName).includes("node");
}

async function contents(
  request: DatabaseCertRequest,
  csr: CertificateRequest,
  isForServer: boolean,
): Promise<Pick<CsrDecision, "keyUsage" | "extKeyUsage" | "sans" | "extensions">> {
  if (request.CertificateExtensions === Extensions.WINDOWS_SMARTCARD) {
    return {
      keyUsage: ["digitalSignature"],
      extensions: await smartcardExtensions(csr, request.CRLEndpoint),
    };
  }
  const names = [...new Set([...request.ServerNames, request.ServerName])].filter((name) => name !== "");
  // Without a subject the names are what it says (RFC 5280, 4.1.2.6), and a certificate that says nothing is no good.
  if (names.length === 0 && csr.subject.length === 0) {
    throw new AppError("BAD_PARAMETER", "the certificate has neither a subject nor a server_name");
  }
  return {
    keyUsage: endEntityKeyUsage(csr.spki),
    extKeyUsage: [isForServer ? "serverAuth" : "clientAuth"],
    sans: {
      dns: names.filter((name) => isIP(name) === 0),
      ip: names.filter((name) => isIP(name) !== 0),
    },
  };
}

/** By the rule, by the role of a database service, or by a role that lets somebody act as one. */
async function demandDatabaseCert(deps: ServiceIssueDeps, { caller }: Call): Promise<void> {
  if (caller.permissions.check("database_certificate", ["create"]).allow) return;
  if (caller.kind === "system" && caller.roles.includes("Db")) return;
  if (caller.kind === "user") {
    const own = await appliedRoles(deps, caller.roles, caller.traits);
    const verdict = decideImpersonation(own, caller, {
      user: { name: "Db", roles: ["Db"], traits: {} },
      roles: [{ name: "Db", subject: { kind: "role", metadata: { name: "Db" } } }],
    });
    if (verdict.allow && caller.identity?.disallowReissue !== true) return;
  }
  throw new AppError("ACCESS_DENIED", "access denied to create database certificates");
}
