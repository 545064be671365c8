import { AppError, identityFromSubject, identityToSubject } from "@sallyport/api";
import type { DatabaseCSRRequest } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { endEntityKeyUsage } from "@sallyport/x509";
import { combineOptions } from "../../roles/index.ts";
import type { Call } from "../../rpc/index.ts";
import { issueForCsr, readCsr } from "../issue-for-csr.ts";
import { appliedRoles, lockCheck } from "../issue-user-certs.ts";
import { refuseInput } from "../refuse-input.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";

const LONGEST_MS = 12 * 60 * 60 * 1000;
const DATABASE_ONLY = ["usage:db"];

/**
 * The certificate with which a proxy tells a database service who its user is. It says what the proxy says, counts for
 * databases alone, and lives no longer than the roles that it names allow.
 */
export async function signDatabaseCsr(deps: ServiceIssueDeps, request: DatabaseCSRRequest, call: Call) {
  const csr = await readCsr(request.CSR);
  const said = await refuseInput("the subject of the certificate request is refused", () =>
    identityFromSubject(csr.subject),
  );
  if (said.teleportCluster !== deps.clusterName) {
    throw new AppError("ACCESS_DENIED", "the user of the certificate request is of another cluster");
  }
  const databaseCas = hostCas(deps, request.ClusterName);
  if (databaseCas === undefined) {
    throw new AppError("NOT_FOUND", `cluster ${JSON.stringify(request.ClusterName)} is not there`);
  }
  const roles = await appliedRoles(deps, said.roles, said.traits);
  const subject = { username: said.username, roleNames: said.roles, requests: [], roles };
  const refuseLocked = await lockCheck(deps, subject, call.now);
  refuseLocked();
  const ttlMs = Math.min(LONGEST_MS, combineOptions(roles).maxSessionTtlMs);
  const identity = { ...said, usage: DATABASE_ONLY };
  const { tls } = await deps.caKeys("db");
  const cert = await issueForCsr(
    deps,
    csr,
    {
      ca: tls,
      kind: "database",
      subject: identityToSubject(identity),
      usage: DATABASE_ONLY,
      expiresAt: call.now + ttlMs,
      keyUsage: endEntityKeyUsage(csr.spki),
      extKeyUsage: ["clientAuth"],
      refuseLocked,
    },
    call,
  );
  return { Cert: Buffer.from(cert), CACerts: databaseCas.map((pem) => Buffer.from(pem)) };
}

/** By which the proxy knows the database service, which may be of a cluster that trusts this one. */
function hostCas(deps: ServiceIssueDeps, cluster: string): readonly string[] | undefined {
  return cluster === deps.clusterName ? deps.keyring.host.tlsCertificates : deps.hostCasOf?.(cluster);
}
