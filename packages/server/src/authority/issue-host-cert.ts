import { AppError, hostSshExtensions } from "@sallyport/api";
import type { GenerateHostCertRequest } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { issueSshCertificate, parsePublicKeyLine } from "@sallyport/ssh";
import type { Clock } from "../kernel/clock.ts";
import { isSystemRole } from "../rpc/index.ts";
import type { Keyring } from "./keyring.ts";

export interface HostCertDeps {
  readonly keyring: Keyring;
  readonly clusterName: string;
  readonly clock: Clock;
}

const SKEW_MS = 60_000;

/** An SSH host certificate for exactly the principals that were decided; without a lifetime it has no end. */
export async function issueHostCert(deps: HostCertDeps, request: GenerateHostCertRequest) {
  const now = deps.clock.now();
  if (request.clusterName !== "" && request.clusterName !== deps.clusterName) {
    throw new AppError("BAD_PARAMETER", `host certificates are for hosts of cluster "${deps.clusterName}"`);
  }
  if (!isSystemRole(request.role))
    throw new AppError("BAD_PARAMETER", `"${request.role}" is not a system role`);
  const principals = hostPrincipals(request, deps.clusterName);
  if (principals.length === 0) throw new AppError("BAD_PARAMETER", "a host certificate needs a principal");
  const ttlMs = ttlOf(request);
  const { line } = await issueSshCertificate({
    signer: deps.keyring.host.ssh,
    use: "host",
    publicKey: publicKeyOf(request),
    keyId: "",
    principals,
    validAfterAt: now - SKEW_MS,
    validBeforeAt: ttlMs === 0 ? "forever" : now + ttlMs,
    ...hostSshExtensions({ systemRole: request.role, clusterName: deps.clusterName }),
  });
  return { sshCertificate: Buffer.from(line) };
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

function ttlOf({ ttl }: GenerateHostCertRequest): number {
  const ms = ttl === undefined ? 0 : Number(ttl.seconds) * 1000 + Math.floor(ttl.nanos / 1_000_000);
  if (ms < 0) throw new AppError("BAD_PARAMETER", "the lifetime cannot be negative");
  return ms;
}

function publicKeyOf({ key }: GenerateHostCertRequest) {
  try {
    return parsePublicKeyLine(Buffer.from(key).toString("utf8").trim());
  } catch (error) {
    throw new AppError("BAD_PARAMETER", `the host's public key is refused: ${(error as Error).message}`);
  }
}
