import type { JwtSvidDescription, X509SvidDescription } from "../../authority/index.ts";
import type { AttributeValues } from "../../expressions/index.ts";
import { isRefusal, type Refusal, refuse } from "../refusal.ts";
import { dnsNameProblem, MAX_ID_BYTES, pathProblem, trustDomainProblem } from "../spiffe-id.ts";
import type { WorkloadIdentity } from "../workload-identity.ts";
import type { Credential } from "./credential.ts";
import { decideLifetime } from "./decide-lifetime.ts";
import { decideRules } from "./decide-rules.ts";
import { Filler, orRefusal } from "./fill-templates.ts";

export interface SvidQuestion {
  readonly identity: WorkloadIdentity;
  readonly values: AttributeValues;
  readonly credential: Credential;
  /** The trust domain. */
  readonly clusterName: string;
  readonly requestedMs: number | undefined;
  readonly callerEndsAt: number | undefined;
  readonly now: number;
}

/** What is to be issued. */
export type SvidDecision = { readonly hint: string } & (
  | { readonly kind: "x509"; readonly description: X509SvidDescription }
  | { readonly kind: "jwt"; readonly description: JwtSvidDescription }
);

/** Whether a workload may have the credential, and what exactly it says. */
export function decideSvid(question: SvidQuestion): SvidDecision | Refusal {
  const { identity, values, credential, requestedMs, callerEndsAt, now } = question;
  const rules = decideRules(identity, values);
  if (!rules.allow) return rules;
  const { maximumTtlMs: maximumMs } = identity.spiffe[credential.kind];
  const lifetime = decideLifetime({ requestedMs, maximumMs, callerEndsAt, now });
  if (isRefusal(lifetime)) return lifetime;
  const problem = trustDomainProblem(question.clusterName);
  if (problem !== undefined) {
    return refuse(
      "BAD_PARAMETER",
      `the cluster ${JSON.stringify(question.clusterName)} has no SPIFFE IDs: ${problem}`,
    );
  }
  return orRefusal(identity.name, () => describe(question, lifetime.expiresAt));
}

function describe(question: SvidQuestion, expiresAt: number): SvidDecision {
  const { identity, values, credential } = question;
  const filler = new Filler(values);
  const base = {
    spiffeId: spiffeIdOf(question, filler),
    workloadIdentity: identity.name,
    expiresAt,
  };
  const { hint, x509, jwt } = identity.spiffe;
  const filledHint = filler.text("hint", hint);
  if (credential.kind === "jwt") {
    const { audiences, issuer } = credential;
    const extraClaims = filler.claims("jwt.extra_claims", jwt.extraClaims);
    return { kind: "jwt", hint: filledHint, description: { ...base, audiences, issuer, extraClaims } };
  }
  const { commonName, organization, organizationalUnit } = x509.subject;
  const dnsSans = x509.dnsSans.map((name, index) =>
    filler.text(`x509.dns_sans[${index}]`, name, dnsNameProblem),
  );
  const subject = {
    commonName: filler.text("x509.subject_template.common_name", commonName, subjectProblem),
    organization: filler.text("x509.subject_template.organization", organization, subjectProblem),
    organizationalUnit: filler.text(
      "x509.subject_template.organizational_unit",
      organizationalUnit,
      subjectProblem,
    ),
  };
  const description = { ...base, dnsSans: [...new Set(dnsSans)], ipSans: [], subject };
  return { kind: "x509", hint: filledHint, description };
}

/** The path is looked at again: an attribute must not put another segment, or a way up, into it. */
function spiffeIdOf({ identity, clusterName }: SvidQuestion, filler: Filler): string {
  const domain = `spiffe://${clusterName}`;
  const path = filler.text("id", identity.spiffe.id, (text) => {
    const isTooLong = Buffer.byteLength(domain + text) > MAX_ID_BYTES;
    return (
      pathProblem(text) ?? (isTooLong ? `the SPIFFE ID is longer than ${MAX_ID_BYTES} bytes` : undefined)
    );
  });
  return domain + path;
}

/** Upper bound of RFC 5280 for these attributes. */
const MAX_SUBJECT = 64;

function subjectProblem(text: string): string | undefined {
  if ([...text].length > MAX_SUBJECT) return `it is longer than ${MAX_SUBJECT} characters`;
  return /\p{C}/u.test(text) ? "it has characters that cannot be shown" : undefined;
}
