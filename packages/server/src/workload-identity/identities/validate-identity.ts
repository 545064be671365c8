import { AppError, isAppError } from "@sallyport/api";
import { attributes } from "../attributes/attribute-types.ts";
import { dnsNameProblem, pathProblem } from "../spiffe-id.ts";
import type { Claim, WorkloadCondition, WorkloadIdentity, WorkloadRule } from "../workload-identity.ts";
import { checkResourceName } from "./check-resource-name.ts";
import { reservedClaims } from "./reserved-claims.ts";

const MAX_RULES = 200;
const MAX_CONDITIONS = 50;
const MAX_VALUES = 1000;
const MAX_DNS_SANS = 50;
const MAX_CLAIM_DEPTH = 16;

/** Refuses an identity that must not be stored, naming the field; in expressions also line and column. */
export function validateIdentity(identity: WorkloadIdentity): void {
  checkResourceName("workload identity", identity.name);
  const check = new FieldChecks(identity.name);
  check.count("spec.rules.allow", identity.rules.length, MAX_RULES, "rules");
  identity.rules.forEach((rule, index) => {
    checkRule(check, `spec.rules.allow[${index}]`, rule);
  });
  const { id, hint, x509, jwt } = identity.spiffe;
  if (id === "")
    check.fail("spec.spiffe.id", "it is missing: it is the path of the SPIFFE ID, such as /my/service");
  check.template("spec.spiffe.id", id, pathProblem);
  check.template("spec.spiffe.hint", hint);
  check.count("spec.spiffe.x509.dns_sans", x509.dnsSans.length, MAX_DNS_SANS, "names");
  x509.dnsSans.forEach((name, index) => {
    check.template(`spec.spiffe.x509.dns_sans[${index}]`, name, dnsNameProblem);
  });
  check.template("spec.spiffe.x509.subject_template.common_name", x509.subject.commonName);
  check.template("spec.spiffe.x509.subject_template.organization", x509.subject.organization);
  check.template("spec.spiffe.x509.subject_template.organizational_unit", x509.subject.organizationalUnit);
  check.duration("spec.spiffe.x509.maximum_ttl", x509.maximumTtlMs);
  check.duration("spec.spiffe.jwt.maximum_ttl", jwt.maximumTtlMs);
  checkClaims(check, jwt.extraClaims);
}

function checkRule(check: FieldChecks, field: string, { conditions, expression }: WorkloadRule): void {
  const hasExpression = expression !== "";
  if (hasExpression === conditions.length > 0) {
    check.fail(field, "a rule has either conditions or an expression");
  }
  if (hasExpression) check.run(`${field}.expression`, () => attributes.parseCondition(expression));
  check.count(`${field}.conditions`, conditions.length, MAX_CONDITIONS, "conditions");
  conditions.forEach((condition, index) => {
    checkCondition(check, `${field}.conditions[${index}]`, condition);
  });
}

function checkCondition(check: FieldChecks, field: string, condition: WorkloadCondition): void {
  const { attribute, operator, values } = condition;
  if (attribute === "") check.fail(`${field}.attribute`, "it is missing");
  check.run(`${field}.attribute`, () => attributes.parseAttribute(attribute));
  if (operator === undefined)
    check.fail(field, "say how the attribute is compared: eq, not_eq, in or not_in");
  check.count(`${field}.${operator}`, values.length, MAX_VALUES, "values");
  if (values.length === 0) check.fail(`${field}.${operator}`, "it has no values");
}

function checkClaims(check: FieldChecks, claims: Readonly<Record<string, Claim>>): void {
  const field = "spec.spiffe.jwt.extra_claims";
  for (const [name, claim] of Object.entries(claims)) {
    if (reservedClaims.includes(name)) check.fail(`${field}.${name}`, "this claim is the issuer's to set");
    checkClaim(check, `${field}.${name}`, claim, 1);
  }
}

function checkClaim(check: FieldChecks, field: string, claim: Claim, depth: number): void {
  if (depth > MAX_CLAIM_DEPTH) check.fail(field, "it is nested too deeply");
  if (typeof claim === "string") check.template(field, claim);
  if (claim === null || typeof claim !== "object") return;
  for (const [key, value] of Object.entries(claim)) checkClaim(check, `${field}.${key}`, value, depth + 1);
}

/** Checks whose refusals name the identity and the field. */
class FieldChecks {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  fail(field: string, why: string, cause?: AppError): never {
    throw new AppError("BAD_PARAMETER", `workload_identity ${JSON.stringify(this.#name)}: ${field}: ${why}`, {
      details: { ...cause?.details, field },
      cause,
    });
  }

  run(field: string, parse: () => unknown): void {
    try {
      parse();
    } catch (error) {
      if (!isAppError(error, "BAD_PARAMETER")) throw error;
      this.fail(field, error.message, error);
    }
  }

  /** Without braces the text itself has to be good; with them, what comes out is looked at when it is issued. */
  template(
    field: string,
    text: string,
    problemOf: (text: string) => string | undefined = () => undefined,
  ): void {
    this.run(field, () => attributes.parseTemplate(text));
    if (text.includes("{{")) return;
    const problem = problemOf(text);
    if (problem !== undefined) this.fail(field, `${JSON.stringify(text)}: ${problem}`);
  }

  count(field: string, count: number, most: number, what: string): void {
    if (count > most) this.fail(field, `${count} ${what} are too many; there may be ${most}`);
  }

  duration(field: string, ms: number | undefined): void {
    if (ms !== undefined && !(ms >= 1000)) this.fail(field, "a lifetime is a second at least");
  }
}
