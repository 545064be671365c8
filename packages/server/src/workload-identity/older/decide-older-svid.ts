import type { JwtSvidDescription, X509SvidDescription } from "../../authority/index.ts";
import type { Role } from "../../roles/index.ts";
import { decideLifetime } from "../issuing/decide-lifetime.ts";
import { isRefusal, type Refusal, refuse } from "../refusal.ts";
import { dnsNameProblem, MAX_ID_BYTES, pathProblem, trustDomainProblem } from "../spiffe-id.ts";
import { decidePath, type PathWish } from "./decide-path.ts";

const X509_TTL_MS = 3_600_000;
const JWT_TTL_MS = 300_000;
/** Upper bound of RFC 5280 for a common name. */
const MAX_COMMON_NAME = 64;

export interface OlderQuestion {
  readonly roles: readonly Role[];
  readonly clusterName: string;
  readonly wish: PathWish;
  readonly requestedMs: number | undefined;
  readonly callerEndsAt: number | undefined;
  readonly now: number;
}

/** A certificate for a path that the roles allow; its common name is the first DNS name. */
export function decideOlderX509(question: OlderQuestion): X509SvidDescription | Refusal {
  const base = decideBase(question, X509_TTL_MS);
  if (isRefusal(base)) return base;
  const { dnsSans, ipSans } = question.wish;
  const [first = ""] = dnsSans;
  const commonName = first.length > MAX_COMMON_NAME ? "" : first;
  return { ...base, dnsSans, ipSans, subject: { commonName, organization: "", organizationalUnit: "" } };
}

/** A token for a path that the roles allow. */
export function decideOlderJwt(
  question: OlderQuestion,
  { audiences, issuer }: Pick<JwtSvidDescription, "audiences" | "issuer">,
): JwtSvidDescription | Refusal {
  const base = decideBase(question, JWT_TTL_MS);
  return isRefusal(base) ? base : { ...base, audiences, issuer, extraClaims: {} };
}

function decideBase({ roles, clusterName, wish, ...lifetime }: OlderQuestion, defaultMs: number) {
  const problem = problemOf(clusterName, wish);
  if (problem !== undefined) return refuse("BAD_PARAMETER", problem);
  const verdict = decidePath(roles, wish);
  if (!verdict.allow) return verdict;
  const end = decideLifetime({ ...lifetime, defaultMs, maximumMs: undefined });
  if (isRefusal(end)) return end;
  return { spiffeId: `spiffe://${clusterName}${wish.path}`, workloadIdentity: "", expiresAt: end.expiresAt };
}

function problemOf(clusterName: string, { path, dnsSans }: PathWish): string | undefined {
  const domain = trustDomainProblem(clusterName);
  if (domain !== undefined) return `the cluster ${JSON.stringify(clusterName)} has no SPIFFE IDs: ${domain}`;
  const ofPath = pathProblem(path);
  if (ofPath !== undefined) return `spiffe_id_path ${JSON.stringify(path.slice(0, 200))}: ${ofPath}`;
  if (`spiffe://${clusterName}${path}`.length > MAX_ID_BYTES)
    return `the SPIFFE ID is longer than ${MAX_ID_BYTES} bytes`;
  for (const name of dnsSans) {
    const ofName = dnsNameProblem(name);
    if (ofName !== undefined) return `dns_sans: ${JSON.stringify(name.slice(0, 200))}: ${ofName}`;
  }
  return undefined;
}
