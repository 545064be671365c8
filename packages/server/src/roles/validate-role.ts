import { AppError, isAppError, isReservedSshExtension } from "@sallyport/api";
import {
  checkTemplate,
  hasReference,
  parseImpersonateWhere,
  parseLabelExpression,
  parseMatcher,
  parseReviewWhere,
  parseRoleMatcher,
  parseRuleWhere,
  parseThresholdFilter,
} from "../expressions/index.ts";
import { isSystemRole } from "../rpc/caller.ts";
import { templatedLists } from "./apply-traits.ts";
import type { RuleSide } from "./consider-rules.ts";
import { IMPLICIT_ROLE_NAME } from "./implicit-role.ts";
import { type LabelledKind, labelledKinds, type Role, type RoleConditions } from "./role.ts";

const MAX_REQUEST_DURATION_MS = 14 * 24 * 60 * 60 * 1000;
const MAX_NAME_LENGTH = 1000;
/** What OpenSSH takes as the name of an extension. */
const EXTENSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;

/** Lists in which `*` would hand out everything. */
const noWildcard = [
  ["logins", "logins"],
  ["awsRoleArns", "aws_role_arns"],
  ["azureIdentities", "azure_identities"],
  ["gcpServiceAccounts", "gcp_service_accounts"],
  ["databaseRoles", "db_roles"],
] as const satisfies readonly (readonly [keyof RoleConditions, string])[];

/** Kinds whose labels may be asked for as `*: anything`. */
const laxWildcardLabels: readonly LabelledKind[] = ["cluster", "db_service"];

/** Refuses a role that must not be stored, naming the field, and for expressions line and column. */
export function validateRole(role: Role): void {
  checkRoleName(role.name);
  const check = new FieldChecks(role.name);
  checkAllow(role.allow, check);
  checkDeny(role.deny, check);
  checkConditions(role.allow, "allow", check);
  checkConditions(role.deny, "deny", check);
  for (const kind of role.options.enhancedRecording) {
    if (!["command", "disk", "network"].includes(kind)) {
      check.fail(
        "options.enhanced_recording",
        `knows command, disk and network, not ${JSON.stringify(kind)}`,
      );
    }
  }
  if (role.options.requireSessionMfa.includes("hardware_key")) {
    check.fail(
      "options.require_session_mfa",
      "hardware keys are not attested here, so nobody would be held to it; use yes, or leave it out",
    );
  }
  checkExtensions(role, check);
}

/** What could never be issued is refused here, and not when somebody with the role logs in. */
function checkExtensions({ options }: Role, check: FieldChecks): void {
  options.certExtensions.forEach(({ name, value }, index) => {
    const field = `options.cert_extensions[${index}]`;
    if (!EXTENSION_NAME.test(name)) {
      check.fail(`${field}.name`, "it needs 1 to 128 of A-Z, a-z, 0-9, `.`, `_`, `@` and `-`");
    }
    if (isReservedSshExtension(name)) {
      check.fail(`${field}.name`, `only the cluster itself sets ${JSON.stringify(name)}; take another name`);
    }
    if (/\p{Cc}/u.test(value)) check.fail(`${field}.value`, "it has a control character");
    check.template(`${field}.value`, value);
  });
}

/** A role named like a system role would make a user look like a service. */
function checkRoleName(name: string): void {
  const fail = (why: string) => {
    throw new AppError("BAD_PARAMETER", `role name: ${why}`, { details: { field: "metadata.name" } });
  };
  if (name === "") fail("it is empty");
  if (name.length > MAX_NAME_LENGTH) fail(`it is longer than ${MAX_NAME_LENGTH} characters`);
  if (/\p{C}/u.test(name) || name !== name.trim()) {
    fail(`${JSON.stringify(name)} has invisible characters or blanks around it`);
  }
  if (isSystemRole(name) || name === IMPLICIT_ROLE_NAME) fail(`${JSON.stringify(name)} is reserved`);
}

/** Reports what is wrong in a field, in one form for all checks. */
class FieldChecks {
  readonly #role: string;

  constructor(role: string) {
    this.#role = role;
  }

  fail(field: string, why: string, cause?: AppError): never {
    throw new AppError("BAD_PARAMETER", `role ${JSON.stringify(this.#role)}: spec.${field}: ${why}`, {
      details: { ...cause?.details, field: `spec.${field}` },
      cause,
    });
  }

  parse(field: string, text: string, parse: (text: string) => unknown): void {
    if (text.trim() === "") return;
    try {
      parse(text);
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.fail(field, error.message, error);
    }
  }

  template(field: string, text: string): void {
    if (text.includes("{{") || text.includes("}}")) this.parse(field, text, checkTemplate);
  }
}

function checkAllow(allow: RoleConditions, check: FieldChecks): void {
  for (const [list, field] of noWildcard) {
    if (allow[list].includes("*")) check.fail(`allow.${field}`, "`*` is not allowed here");
  }
  for (const kind of labelledKinds) {
    if (laxWildcardLabels.includes(kind)) continue;
    const values = allow.labelSelectors[kind]?.["*"];
    if (values !== undefined && !(values.length === 1 && values[0] === "*")) {
      check.fail(`allow.${kind}_labels`, "the key `*` takes exactly the value `*`");
    }
  }
  if ((allow.request?.maxDurationMs ?? 0) > MAX_REQUEST_DURATION_MS) {
    check.fail("allow.request.max_duration", "it is longer than 14 days");
  }
  if ((allow.request?.maxDurationMs ?? 0) < 0) check.fail("allow.request.max_duration", "it is negative");
}

function checkDeny(deny: RoleConditions, check: FieldChecks): void {
  if ((deny.impersonate?.where ?? "") !== "") check.fail("deny.impersonate.where", "a deny cannot have one");
  if ((deny.request?.thresholds.length ?? 0) > 0) {
    check.fail("deny.request.thresholds", "a deny cannot have any");
  }
}

function checkConditions(conditions: RoleConditions, side: RuleSide, check: FieldChecks): void {
  conditions.rules.forEach((rule, index) => {
    const field = `${side}.rules[${index}]`;
    if (rule.resources.length === 0) check.fail(`${field}.resources`, "a rule needs at least one kind");
    if (rule.verbs.length === 0) check.fail(`${field}.verbs`, "a rule needs at least one verb");
    check.parse(`${field}.where`, rule.where, parseRuleWhere);
  });
  checkLabels(conditions, side, check);
  checkRequests(conditions, side, check);
  const { impersonate } = conditions;
  if (impersonate !== undefined) {
    if (impersonate.users.length > 0 && impersonate.roles.length === 0) {
      check.fail(`${side}.impersonate.roles`, "users can only be impersonated together with roles");
    }
    check.parse(`${side}.impersonate.where`, impersonate.where, parseImpersonateWhere);
    for (const text of [...impersonate.users, ...impersonate.roles]) {
      if (text.includes("{{")) check.template(`${side}.impersonate`, text);
      else check.parse(`${side}.impersonate`, text, parseMatcher);
    }
  }
  for (const list of templatedLists) {
    for (const text of conditions[list]) check.template(`${side}.${snakeCase(list)}`, text);
  }
}

function checkLabels(conditions: RoleConditions, side: RuleSide, check: FieldChecks): void {
  for (const kind of labelledKinds) {
    const field = `${side}.${kind}_labels`;
    check.parse(`${field}_expression`, conditions.labelExpressions[kind] ?? "", parseLabelExpression);
    for (const [name, values] of Object.entries(conditions.labelSelectors[kind] ?? {})) {
      check.template(field, name);
      for (const value of values) {
        if (value.includes("{{") || value.includes("}}")) check.template(field, value);
        else check.parse(field, value, parseMatcher);
      }
    }
  }
}

function checkRequests(
  { request, reviewRequests }: RoleConditions,
  side: RuleSide,
  check: FieldChecks,
): void {
  for (const [field, part] of [
    [`${side}.request`, request],
    [`${side}.review_requests`, reviewRequests],
  ] as const) {
    for (const pattern of part?.roles ?? []) check.parse(`${field}.roles`, pattern, parseRoleMatcher);
    for (const mapping of part?.claimsToRoles ?? []) {
      check.parse(`${field}.claims_to_roles`, mapping.value, parseMatcher);
      for (const name of mapping.roles) {
        if (!hasReference(name)) check.parse(`${field}.claims_to_roles`, name, parseRoleMatcher);
      }
    }
  }
  for (const values of Object.values(request?.annotations ?? {})) {
    for (const value of values) check.template(`${side}.request.annotations`, value);
  }
  request?.thresholds.forEach((threshold, index) => {
    check.parse(`${side}.request.thresholds[${index}].filter`, threshold.filter, parseThresholdFilter);
  });
  check.parse(`${side}.review_requests.where`, reviewRequests?.where ?? "", parseReviewWhere);
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
