import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "@sallyport/api";
import { systemRoles } from "../rpc/caller.ts";
import { newRole } from "./new-role.ts";
import { presetRoles } from "./preset-roles.ts";
import type { RequestConditions, Role, RoleConditions } from "./role.ts";
import { validateRole } from "./validate-role.ts";

const request: RequestConditions = {
  roles: [],
  claimsToRoles: [],
  annotations: {},
  thresholds: [],
  suggestedReviewers: [],
  searchAsRoles: [],
  maxDurationMs: 0,
  kubernetesResources: [],
  reasonMode: "",
};
const review = { roles: [], claimsToRoles: [], where: "", previewAsRoles: [] };
const rule = { resources: ["role"], verbs: ["read"], where: "", actions: [] };
const allow = (parts: Partial<RoleConditions>): Role => newRole("ops", { allow: parts });
const deny = (parts: Partial<RoleConditions>): Role => newRole("ops", { deny: parts });
const DAY_MS = 86_400_000;
const extension = (name: string, value = "v"): Role =>
  newRole("ops", { options: { certExtensions: [{ type: "ssh", mode: "extension", name, value }] } });

const refused: readonly [string, Role, RegExp][] = [
  ["a wildcard login", allow({ logins: ["*"] }), /spec\.allow\.logins/],
  [
    "a hardware key, which nobody attests",
    newRole("ops", { options: { requireSessionMfa: "hardware_key_touch" } }),
    /options\.require_session_mfa/,
  ],
  [
    "a certificate extension of the cluster's own",
    extension("teleport-roles"),
    /extensions\[0\]\.name: only/,
  ],
  ["a certificate extension that hosts obey", extension("permit-pty"), /cert_extensions\[0\]\.name/],
  ["a certificate extension without a name", extension(""), /cert_extensions\[0\]\.name: it needs/],
  ["a certificate extension with blanks", extension("a b"), /cert_extensions\[0\]\.name: it needs/],
  ["a certificate extension of two lines", extension("n", "a\nb"), /cert_extensions\[0\]\.value/],
  ["a wildcard role ARN", allow({ awsRoleArns: ["*"] }), /aws_role_arns/],
  ["a wildcard Azure identity", allow({ azureIdentities: ["*"] }), /azure_identities/],
  ["a wildcard service account", allow({ gcpServiceAccounts: ["*"] }), /gcp_service_accounts/],
  ["a wildcard database role", allow({ databaseRoles: ["*"] }), /db_roles/],
  ["any key with some value", allow({ labelSelectors: { node: { "*": ["prod"] } } }), /node_labels/],
  ["any key with two values", allow({ labelSelectors: { app: { "*": ["*", "x"] } } }), /app_labels/],
  ["a rule without kinds", allow({ rules: [{ ...rule, resources: [] }] }), /rules\[0\]\.resources/],
  ["a rule without verbs", deny({ rules: [rule, { ...rule, verbs: [] }] }), /deny\.rules\[1\]\.verbs/],
  [
    "a deny with thresholds",
    deny({ request: { ...request, thresholds: [{ name: "", filter: "", approve: 1, deny: 1 }] } }),
    /thresholds/,
  ],
  [
    "a deny of impersonation with where",
    deny({ impersonate: { users: ["a"], roles: ["b"], where: "x" } }),
    /impersonate\.where/,
  ],
  [
    "impersonating users without roles",
    allow({ impersonate: { users: ["a"], roles: [], where: "" } }),
    /impersonate\.roles/,
  ],
  [
    "a request of more than 14 days",
    allow({ request: { ...request, maxDurationMs: 15 * DAY_MS } }),
    /14 days/,
  ],
  ["a bad matcher of roles", allow({ request: { ...request, roles: ["^([$"] } }), /allow\.request\.roles/],
  [
    "a bad matcher of roles that a claim brings",
    deny({ request: { ...request, claimsToRoles: [{ claim: "a", value: "*", roles: ["^([$"] }] } }),
    /deny\.request\.claims_to_roles/,
  ],
  ["a bad label pattern", allow({ labelSelectors: { node: { env: ["^([$"] } } }), /node_labels/],
  ["an unknown internal trait", allow({ logins: ["{{internal.nothing}}"] }), /allow\.logins/],
  ["a template that is not closed", deny({ kubernetesUsers: ["{{external.x"] }), /deny\.kubernetes_users/],
  [
    "an unknown recording",
    newRole("ops", { options: { enhancedRecording: ["audio"] } }),
    /enhanced_recording/,
  ],
];

const badExpressions: readonly [string, Role, string][] = [
  [
    "a where",
    allow({ rules: [{ ...rule, where: 'equals(resource.metadata.name,\n  "a"' }] }),
    "spec.allow.rules[0].where",
  ],
  [
    "a label expression",
    allow({ labelExpressions: { node: 'labels["a"] ==' } }),
    "spec.allow.node_labels_expression",
  ],
  [
    "a label expression of a deny",
    deny({ labelExpressions: { db: "nonsense(" } }),
    "spec.deny.db_labels_expression",
  ],
  [
    "a filter",
    allow({ request: { ...request, thresholds: [{ name: "", filter: "a ||", approve: 1, deny: 1 }] } }),
    "spec.allow.request.thresholds[0].filter",
  ],
  [
    "a where of reviews",
    allow({ reviewRequests: { ...review, where: "contains(" } }),
    "spec.allow.review_requests.where",
  ],
  [
    "a template of a certificate extension",
    extension("n", "{{external.x"),
    "spec.options.cert_extensions[0].value",
  ],
  [
    "a where of impersonation",
    allow({ impersonate: { users: ["a"], roles: ["b"], where: "&&" } }),
    "spec.allow.impersonate.where",
  ],
];

const refusalOf = (role: Role): AppError => {
  try {
    validateRole(role);
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  throw new Error("it was accepted");
};

describe("validateRole", () => {
  for (const [name, role, message] of refused) {
    it(`refuses ${name}`, () => {
      const error = refusalOf(role);
      assert.equal(error.reason, "BAD_PARAMETER");
      assert.match(error.message, message);
    });
  }

  for (const [name, role, field] of badExpressions) {
    it(`refuses ${name} that does not parse, with line and column`, () => {
      const error = refusalOf(role);
      assert.equal(error.reason, "BAD_PARAMETER");
      assert.equal(error.details.field, field);
      assert.equal(typeof error.details.line, "number");
      assert.equal(typeof error.details.column, "number");
    });
  }

  it("gives the line within a text of several lines", () => {
    const error = refusalOf(badExpressions[0]![1]);
    assert.equal(error.details.line, 2);
  });

  it("accepts every preset, and what a plain role says", () => {
    for (const role of presetRoles) validateRole(role);
    validateRole(
      allow({
        logins: ["{{internal.logins}}", "root"],
        labelSelectors: { node: { "*": ["*"], env: ["prod", "^st.*$"] }, cluster: { "*": ["x"] } },
        rules: [{ ...rule, where: 'contains(user.spec.roles, "x")' }],
        request: { ...request, roles: ["dev-*", "^ops-[a-z]+$", '{{regexp.match("^x$")}}'] },
      }),
    );
    validateRole(deny({ logins: ["*"] }));
  });

  it("threat 16: reserves the names of system roles and of the implicit role", () => {
    for (const name of [...systemRoles, "default-implicit-role"]) {
      assert.match(refusalOf(newRole(name)).message, /reserved/);
    }
  });

  it("threat 36: refuses empty names and names with invisible characters", () => {
    for (const name of ["", " ops", "ops\n", "a\u0000b", "a\u200bb", "x".repeat(1001)]) {
      assert.equal(refusalOf({ ...newRole("x"), name }).reason, "BAD_PARAMETER");
    }
  });
});
