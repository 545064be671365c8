import { AppError } from "@sallyport/api";
import type { OpenSSHCertRequest } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { parsePublicKeyLine } from "@sallyport/ssh";
import { applyTraits, readRole } from "../../roles/index.ts";
import { type Call, ipOf, readNanos } from "../../rpc/index.ts";
import { decideLifetime } from "../decide-lifetime.ts";
import { describeCertificate } from "../describe-certificate.ts";
import { certificateCreated } from "../events.ts";
import { userEntry } from "../inventory-entry.ts";
import { lockCheck } from "../issue-user-certs.ts";
import { refuseInput } from "../refuse-input.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import { signSshSide } from "../sign-user-certificates.ts";
import { type CertSubject, noWish } from "../user-certs.ts";

/**
 * With what a proxy logs a user in to a server that runs plain OpenSSH: user and roles are those that the proxy names,
 * the authority is one that only such servers trust.
 */
export async function issueOpenSshCert(deps: ServiceIssueDeps, request: OpenSSHCertRequest, call: Call) {
  const subject = subjectOf(request);
  const { now } = call;
  const publicKey = await refuseInput("the public key is refused", () =>
    parsePublicKeyLine(Buffer.from(request.PublicKey).toString("utf8").trim()),
  );
  const issuing = { keys: { ssh: publicKey }, call };
  deps.inventory.refuseRevoked(issuing);
  const refuseLocked = await lockCheck(deps, subject, now);
  refuseLocked();
  const description = await describe(deps, request, subject, call);
  const { ssh } = await deps.caKeys("openssh");
  const number = deps.inventory.next(now);
  const line = await refuseInput("the certificate cannot be written", () =>
    signSshSide({ ssh: ssh.signer }, description, publicKey, now, number.sshSerial),
  );
  const authority = { fingerprints: { ssh: ssh.fingerprint, x509: "", serverX509: "" } };
  const keys = { ssh: publicKey, tls: undefined };
  const named = userEntry({ authority, caType: ssh.caType, description, keys, number, call });
  const certificate = { ...named, kind: "openssh" } as const;
  const entry = deps.auditChange(certificateCreated(description, call));
  await deps.inventory.record({ ...issuing, certificate, refuseLocked }, entry);
  return { Cert: Buffer.from(line) };
}

async function describe(
  deps: ServiceIssueDeps,
  request: OpenSSHCertRequest,
  subject: CertSubject,
  call: Call,
) {
  const { now, caller } = call;
  const ttlMs = readNanos(request.TTL);
  const lifetime = decideLifetime({
    subject,
    now,
    askedAt: ttlMs === 0 ? undefined : now + ttlMs,
    defaultTtlMs: await deps.defaultTtlMs(),
    callerExpiresAt: undefined,
    callerRenewable: false,
  });
  if (!lifetime.allow) throw new AppError(lifetime.reason, lifetime.because);
  const verdict = describeCertificate({
    subject,
    wish: { ...noWish, username: subject.username, format: "standard", routeToCluster: request.Cluster },
    caller,
    clusterName: deps.clusterName,
    now,
    expiresAt: lifetime.expiresAt,
    remoteIp: ipOf(call.remoteAddress),
    nonce: deps.nonce(),
  });
  if (!verdict.allow) throw new AppError("ACCESS_DENIED", verdict.because);
  return verdict.description;
}

function subjectOf({ User: user, Roles: wire, PublicKey, Cluster, TTL }: OpenSSHCertRequest): CertSubject {
  const username = user?.Metadata?.Name ?? "";
  const missing = [
    ...(username === "" ? ["user"] : []),
    ...(PublicKey.length === 0 ? ["public_key"] : []),
    ...(Cluster === "" ? ["cluster"] : []),
  ];
  if (missing.length > 0) throw new AppError("BAD_PARAMETER", `the request has no ${missing.join(", ")}`);
  if (TTL < 0n) throw new AppError("BAD_PARAMETER", "the lifetime cannot be negative");
  const traits = Object.fromEntries(
    Object.entries(user?.Spec?.Traits?.Values ?? {}).map(([name, list]) => [name, list.Values]),
  );
  const roles = wire.map((role) => applyTraits(readRole(role), traits));
  return {
    ground: "impersonation",
    username,
    roleNames: roles.map(({ name }) => name).sort(),
    traits,
    roles,
    requests: [],
    impersonator: "",
    disallowReissue: true,
    renewable: false,
  };
}
