import { AppError, hostSshExtensions } from "@sallyport/api";
import type { GenerateHostCertRequest } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { issueSshCertificate, parsePublicKeyLine } from "@sallyport/ssh";
import type { AuditEntry } from "../audit/index.ts";
import type { Inventory } from "../certificates/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { type Call, isSystemRole, LATEST_AT } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import { hostCertificateCreated } from "./events.ts";
import { hostEntry } from "./inventory-entry.ts";
import type { IssueDeps } from "./issue-user-certs.ts";
import type { Keyring } from "./keyring.ts";
import { refuseInput } from "./refuse-input.ts";

export interface HostCertDeps {
  readonly keyring: Keyring;
  readonly clusterName: string;
  readonly clock: Clock;
  lockOn: IssueDeps["lockOn"];
  /** The cluster's word on what holds while the locks in force are not known. */
  lockingMode: IssueDeps["lockingMode"];
  auditChange(entry: AuditEntry): Change;
  readonly inventory: Inventory;
}

const SKEW_MS = 60_000;

/** An SSH host certificate for exactly the principals that were decided; without a lifetime it has no end. */
export async function issueHostCert(deps: HostCertDeps, request: GenerateHostCertRequest, call: Call) {
  demandHostCert(request, call);
  const now = deps.clock.now();
  if (request.clusterName !== "" && request.clusterName !== deps.clusterName) {
    throw new AppError("BAD_PARAMETER", `host certificates are for hosts of cluster "${deps.clusterName}"`);
  }
  if (!isSystemRole(request.role))
    throw new AppError("BAD_PARAMETER", `"${request.role}" is not a system role`);
  const principals = hostPrincipals(request, deps.clusterName);
  if (principals.length === 0) throw new AppError("BAD_PARAMETER", "a host certificate needs a principal");
  const ttlMs = ttlOf(request, now);
  const refuseLocked = await hostLockCheck(deps, request.hostId, now);
  refuseLocked();
  const publicKey = publicKeyOf(request);
  const issuing = { keys: { ssh: publicKey }, call };
  deps.inventory.refuseRevoked(issuing);
  const number = deps.inventory.next(now);
  const authority = deps.keyring.host;
  const { line } = await refuseInput("the host certificate cannot be written", () =>
    issueSshCertificate({
      signer: authority.ssh,
      use: "host",
      publicKey,
      serial: number.sshSerial,
      keyId: "",
      principals,
      validAfterAt: now - SKEW_MS,
      validBeforeAt: ttlMs === 0 ? "forever" : now + ttlMs,
      ...hostSshExtensions({ systemRole: request.role, clusterName: deps.clusterName }),
    }),
  );
  const expiresAt = ttlMs === 0 ? undefined : now + ttlMs;
  const certificate = hostEntry({
    kind: "host",
    authority,
    number,
    keys: issuing.keys,
    name: request.hostId === "" ? request.nodeName : request.hostId,
    role: request.role,
    principals,
    now,
    expiresAt,
    call,
  });
  const entry = deps.auditChange(hostCertificateCreated(request, principals, expiresAt, call));
  await deps.inventory.record({ ...issuing, certificate, refuseLocked }, entry);
  return { sshCertificate: Buffer.from(line) };
}

/** A rule's `where` can narrow which hosts certificates are made for: it looks at the wish. */
function demandHostCert(request: GenerateHostCertRequest, { caller }: Call): void {
  const subject = {
    cluster_name: request.clusterName,
    host_id: request.hostId,
    node_name: request.nodeName,
    principals: request.principals,
    role: request.role,
    ttl: Number(request.ttl?.seconds ?? 0n),
  };
  const verdict = caller.permissions.check("host_cert", ["create"], subject);
  if (verdict.allow) return;
  throw new AppError("ACCESS_DENIED", "access denied to create this host certificate", {
    cause: verdict.because,
  });
}

async function hostLockCheck(deps: HostCertDeps, hostId: string, now: number): Promise<() => void> {
  const names = hostId === "" ? [] : [hostId, `${hostId}.${deps.clusterName}`];
  const subjects = names.map((value) => ({ field: "server_id", value }) as const);
  const mode = await deps.lockingMode();
  return () => {
    const lock = subjects.length === 0 ? undefined : deps.lockOn(subjects, now, mode);
    if (lock !== undefined) throw new AppError("LOCKED", lock);
  };
}

/** Without a host id exactly the given ones; with one its names first, then the given. */
export function hostPrincipals(
  {
    hostId,
    nodeName,
    principals,
    role,
  }: Pick<GenerateHostCertRequest, "hostId" | "nodeName" | "principals" | "role">,
  clusterName: string,
): readonly string[] {
  if (hostId === "") return [...new Set(principals)];
  if (role === "Admin") return [...new Set([hostId, ...principals])];
  const named = nodeName === "" ? [] : [`${nodeName}.${clusterName}`, nodeName];
  return [
    ...new Set([
      `${hostId}.${clusterName}`,
      hostId,
      ...named,
      "localhost",
      "127.0.0.1",
      "::1",
      ...principals,
    ]),
  ];
}

function ttlOf({ ttl }: GenerateHostCertRequest, now: number): number {
  const ms = ttl === undefined ? 0 : Number(ttl.seconds) * 1000 + Math.floor(ttl.nanos / 1_000_000);
  if (ms < 0) throw new AppError("BAD_PARAMETER", "the lifetime cannot be negative");
  if (now + ms > LATEST_AT) {
    throw new AppError("BAD_PARAMETER", "the lifetime ends after the year 9999; 0 stands for no end");
  }
  return ms;
}

function publicKeyOf({ key }: GenerateHostCertRequest) {
  try {
    return parsePublicKeyLine(Buffer.from(key).toString("utf8").trim());
  } catch (error) {
    throw new AppError("BAD_PARAMETER", `the host's public key is refused: ${(error as Error).message}`);
  }
}
