import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "@sallyport/api";
import type { LabelExpressionEnv, ResourceFilterEnv, RuleWhereEnv, ThresholdFilterEnv } from "./index.ts";
import * as expressions from "./index.ts";

const isRefusal = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

type Outcome = boolean | "refused" | "fails";

function outcome<Env>(parse: (text: string) => expressions.Predicate<Env>, text: string, env: Env): Outcome {
  let predicate: expressions.Predicate<Env>;
  try {
    predicate = parse(text);
  } catch (error) {
    assert.ok(isRefusal(error), String(error));
    return "refused";
  }
  try {
    return predicate.evaluate(env);
  } catch (error) {
    assert.ok(isRefusal(error), String(error));
    return "fails";
  }
}

function table<Env>(
  name: string,
  parse: (text: string) => expressions.Predicate<Env>,
  env: Env,
  rows: readonly (readonly [string, Outcome])[],
) {
  describe(name, () => {
    for (const [text, expected] of rows) {
      it(`${text} → ${expected}`, () => assert.equal(outcome(parse, text, env), expected));
    }
  });
}

const alice = {
  name: "alice",
  roles: ["dev", "ops"],
  traits: { team: ["red", "blue"], one: ["red"] },
  labels: { env: "prod" },
};

const ruleEnv: RuleWhereEnv = {
  user: alice,
  resource: {
    kind: "cert_authority",
    version: "v2",
    metadata: { name: "main", labels: { env: "prod", owner: "alice" } },
    spec: { type: "host", port: 22, flag: true, roles: ["dev"], traits: { team: ["red"] } },
  },
  session: { participants: ["alice", "bob"], user: "alice", "addr.remote": "10.0.0.1", interactive: true },
  sshSession: { login: "root", participants: ["alice"] },
  sessionTracker: { state: "running", host_roles: ["dev"] },
  hostCert: { host_id: "h1", principals: ["a.example.com", "b.example.com"], node_name: "web-1", ttl: 60 },
};

table("rule where", expressions.parseRuleWhere, ruleEnv, [
  ["contains(session.participants, user.metadata.name)", true],
  ['contains(session.participants, "carol")', false],
  ['equals(user.metadata.name, "alice")', true],
  ['equals(user.metadata.name, "Alice")', false],
  ['equals(user.spec.traits["one"], resource.spec.traits["team"])', true],
  ['equals(user.spec.traits["team"], user.spec.traits.team)', true],
  ['equals(user.spec.roles, "dev")', false],
  ['equals("dev", user.spec.roles)', false],
  ["equals(resource.spec.port, user.metadata.name)", false],
  ['equals(user.spec.traits["nothing"], user.spec.traits["none"])', true],
  ['equals(user.spec.traits["constructor"], user.spec.traits["none"])', true],
  ['equals(resource.metadata.labels["env"], "prod")', true],
  ['equals(resource.metadata.labels.env, "prod")', true],
  ['equals(resource.metadata.labels["none"], "")', true],
  ['equals(resource.metadata.labels["constructor"], "")', true],
  ['equals(resource.metadata.description, "")', true],
  ['equals(name, "main")', true],
  ["equals(resource.metadata.name, name)", true],
  ['equals(system.catype(), "host")', true],
  ["contains(resource.spec.roles, user.spec.roles)", "refused"],
  ['contains(user.metadata.name, "alice")', "refused"],
  ['contains(resource.spec.type, "host")', false],
  ['contains(resource.spec.roles, "dev")', true],
  ['equals(resource.spec.nothing, "x")', "fails"],
  ['equals(resource.nothing, "x")', "fails"],
  ['equals(resource.spec.type.more, "x")', "fails"],
  ['equals(resource["spce"], "x")', "refused"],
  ['equals(session.user, "alice") && equals(session.addr.remote, "10.0.0.1")', true],
  ['equals(session.sid, "")', true],
  ['contains(session.partcipants, "x")', "refused"],
  ['equals(ssh_session.login, "root") || equals(ssh_session.login, "admin")', true],
  ['contains(session_tracker.host_roles, "dev")', true],
  ['has_prefix(host_cert.node_name, "web-")', true],
  ['has_prefix(host_cert.principals, "web-")', "refused"],
  ['all_end_with(host_cert.principals, ".example.com")', true],
  ['all_end_with(host_cert.principals, "a.example.com")', false],
  ['all_end_with(host_cert.node_name, "-1")', true],
  ['all_equal(host_cert.principals, "a.example.com")', false],
  ['all_equal(user.spec.traits["one"], "red")', true],
  ['all_equal(user.spec.traits["none"], "red")', true],
  ['all_equal(resource.metadata.labels["none"], "red")', false],
  ['is_subset(host_cert.principals, "a.example.com", "b.example.com", "c")', true],
  ['is_subset(host_cert.principals, "a.example.com")', false],
  ['is_subset(user.metadata.name, "alice", "bob")', true],
  ["is_subset()", "refused"],
  ['!equals(name, "main") || !(equals(name, "x"))', true],
  ['equals(name, "main") || equals(resource.spec.nothing, "x")', "fails"],
  ['equals(name, "x") && equals(resource.spec.nothing, "x")', "fails"],
  ['name == "main"', "refused"],
  ['name != "main"', "refused"],
  ["user.metadata.name", "refused"],
  ["resource.spec.flag", true],
  ["resource.spec.type", "fails"],
  ['regexp.match(user.spec.roles, "dev")', "refused"],
  ['equals(reviewer.roles, "dev")', "refused"],
  ["user.spec.logins", "refused"],
  ["true", "refused"],
]);

table("rule where without an object", expressions.parseRuleWhere, { user: alice }, [
  ['equals(resource.kind, "")', true],
  ['equals(resource.metadata.labels["x"], "")', true],
  ['equals(name, "")', true],
  ['equals(system.catype(), "")', true],
  ['equals(resource.spec.type, "host")', "fails"],
  ['contains(session.participants, "alice")', false],
]);

table(
  "impersonation where",
  expressions.parseImpersonateWhere,
  {
    user: alice,
    impersonateUser: { name: "bot", roles: ["r"], traits: {}, labels: { group: "red" } },
    impersonateRole: { kind: "role", metadata: { name: "r", labels: { group: "red" } } },
  },
  [
    ['contains(user.spec.traits["team"], impersonate_role.metadata.labels["group"])', true],
    [
      'equals(impersonate_user.metadata.labels["group"], "red") && equals(impersonate_role.metadata.name, "r")',
      true,
    ],
    ['equals(resource.metadata.name, "x")', "refused"],
    ['has_prefix(user.metadata.name, "x")', "refused"],
  ],
);
table("impersonation where without a user", expressions.parseImpersonateWhere, { user: alice }, [
  ['equals(impersonate_user.metadata.name, "x")', "fails"],
  ['!equals(impersonate_role.metadata.name, "x")', "fails"],
]);

const filterEnv: ThresholdFilterEnv = {
  reviewer: { roles: ["lead", "dev"], traits: { team: ["red"], "on-call": ["yes"] } },
  request: { roles: ["prod-db"], reason: "Ticket #1", systemAnnotations: { svc: ["db", "web"] } },
  review: { reason: "ok", annotations: { k: ["v"] } },
};

const reviewRows: readonly (readonly [string, Outcome])[] = [
  ['contains(reviewer.roles, "lead")', true],
  ['contains(reviewer.traits["team"], "red") && contains(reviewer.traits.team, "red")', true],
  ['contains(reviewer.traits["on-call"], "yes")', true],
  ['contains(reviewer.traits["nobody"], "yes")', false],
  ['equals(request.roles, reviewer.traits["team"])', false],
  ['equals(request.reason, "Ticket #1")', true],
  ['equals(request.system_annotations["svc"], reviewer.roles)', false],
  ['equals(reviewer.roles, "lead")', "refused"],
  ['request.reason == "Ticket #1" && request.reason != "x"', true],
  ['reviewer.roles == "lead"', "refused"],
  ['regexp.match(request.roles, "^prod-.*$")', true],
  ['regexp.match(request.roles, "prod-*")', true],
  ['regexp.match(request.roles, "prod")', false],
  ['regexp.match(request.reason, "Ticket #*")', true],
  ['regexp.match(request.reason, "^(a$")', "refused"],
  ['contains(request.reason, "Ticket")', false],
  ['contains(request.reason, "Ticket #1")', true],
  ["contains(reviewer.roles, reviewer.roles)", "refused"],
  ['contains(user.spec.roles, "lead")', "refused"],
  ["reviewer.traits", "refused"],
  ['contains(reviewer.traits, "x")', "refused"],
  ['contains(reviewer.roles, "x") || !contains(reviewer.roles, "y")', true],
];
table("review where", expressions.parseReviewWhere, filterEnv, [
  ...reviewRows,
  ['equals(review.reason, "ok")', "refused"],
]);
table("threshold filter", expressions.parseThresholdFilter, filterEnv, [
  ...reviewRows,
  ['equals(review.reason, "ok") && contains(review.annotations["k"], "v")', true],
]);

const labelEnv: LabelExpressionEnv = {
  labels: { env: "staging", team: "red", "project-a": "x", "project-b": "y", owner: "alice" },
  user: {
    traits: {
      env: ["staging", "dev"],
      email: ["Alice <alice@example.com>", "bob@example.com"],
      projects: ["x", "y", "z"],
      groups: ["env-staging", "other"],
      broken: ["not an address"],
      Upper: ["ALICE", "straße"],
    },
  },
};
table("label expression", expressions.parseLabelExpression, labelEnv, [
  ['labels["env"] == "staging" && labels.team != "blue"', true],
  ['labels["none"] == ""', true],
  ['labels["__proto__"] == ""', true],
  ['labels.env == "Staging"', false],
  ['contains(user.spec.traits["env"], labels["env"])', true],
  ['contains(user.spec.traits.none, labels["env"])', false],
  ['contains(labels["env"], "staging")', true],
  ['contains(labels["env"], "stag")', false],
  ['contains_any(user.spec.traits["projects"], labels_matching("project-*"))', true],
  ['contains_all(user.spec.traits["projects"], labels_matching("^project-(a|b)$"))', true],
  ['contains_all(user.spec.traits["projects"], user.spec.traits["none"])', false],
  ['contains_all(labels.env, "staging")', true],
  ['contains_any(user.spec.traits["projects"], user.spec.traits["none"])', false],
  ['regexp.match(labels.env, "^stag.*$")', true],
  ['regexp.match(labels.env, "stag")', false],
  ['contains(regexp.replace(user.spec.traits["groups"], "^env-(.*)$", "$1"), labels["env"])', true],
  ['contains(regexp.replace(user.spec.traits["groups"], "^env-(.*)$", "$1"), "other")', false],
  ['contains(email.local(user.spec.traits["email"]), labels["owner"])', true],
  ['contains(email.local(user.spec.traits["broken"]), "not")', "fails"],
  ['contains(strings.lower(user.spec.traits["Upper"]), labels.owner)', true],
  ['contains(strings.upper(user.spec.traits["Upper"]), "STRAßE")', true],
  ["contains(labels_matching(user.spec.traits), `x`)", "refused"],
  ['strings.lower(labels["env"]) == "staging"', "refused"],
  ['labels["env"]', "refused"],
  ['labels["env"] == user.spec.traits["env"]', "refused"],
  ["labels == labels", "refused"],
  ['user.metadata.name == "alice"', "refused"],
  ['labels[labels["env"]] == ""', true],
  ["labels[user.spec.traits.env] == ``", "refused"],
  ['regexp.replace(labels.env, "(", "x") == "y"', "refused"],
  ['contains(regexp.replace(labels.env, labels.team + "("', "refused"],
  ["labels.env == 'staging'", "refused"],
  ['labels.my-key == "x"', "refused"],
  ['labels.env == "a" == "b"', "refused"],
  ['labels.env == "\\d"', "refused"],
  ["labels.env == `staging`", true],
  ['labels.env == "st\\x61ging"', true],
  ['labels.env == "\\u0073taging"', true],
  ['false || labels.env == "x"', "refused"],
]);

const resourceEnv: ResourceFilterEnv = {
  labels: { env: "prod", region: "eu-1" },
  name: "web-1",
  resource: {
    kind: "node",
    metadata: { name: "uuid-1", labels: { env: "prod" } },
    spec: { hostname: "web-1", addr: "10.1.2.3:22", port: 22 },
  },
  health: { status: "healthy" },
  searchValues: ["10.1.2.3:22"],
};
table("resource filter", expressions.parseResourceFilter, resourceEnv, [
  ['labels["env"] == "prod" && name == "web-1"', true],
  ['resource.metadata.name == "uuid-1"', true],
  ['resource.metadata.labels["env"] == "prod"', true],
  ['hasPrefix(resource.spec.hostname, "web")', true],
  ['contains(split(labels["region"], "-"), "eu")', true],
  ['exists(labels["region"]) && !exists(labels["none"])', true],
  ['search("PROD", "10.1.2")', true],
  ['search("prod", "nowhere")', false],
  ['equals(health.status, "healthy")', true],
  ['equals(name, "web-1") || resource.spec.nothing == "x"', true],
  ['resource.spec.nothing == "x"', "fails"],
  ['resource.spec.port == "22"', "fails"],
  ['unknown == "x"', "refused"],
  ["equals(labels, name)", "refused"],
  ["labels.env == 5", "refused"],
  ['has_prefix(name, "web")', "refused"],
  ["name", "refused"],
  ['contains(name, "web-1")', true],
]);
