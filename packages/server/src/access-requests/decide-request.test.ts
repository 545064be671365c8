import assert from "node:assert/strict";
import { test } from "node:test";
import { newRole } from "../roles/index.ts";
import type { AccessRequest } from "./access-request.ts";
import type { AccessRequestWish } from "./asking/wish.ts";
import { decideRequest } from "./decide-request.ts";
import { parseResourceId, type ResourceId } from "./resource-id.ts";
import { askingRole, NOW, questionOf, type World } from "./testing/examples.ts";

const requester = askingRole("requester", { allow: { roles: ["dev", "ops-*", "^db-(ro|rw)$"] } });
const forbidder = askingRole("forbidder", { deny: { roles: ["ops-root"] } });
const claimant = askingRole("claimant", {
  allow: { claimsToRoles: [{ claim: "team", value: "^t-(.*)$", roles: ["lead-$1"] }] },
});
/** As claims of a trait, in an allow or a deny, whose roles are patterns. */
const claimed = (side: "allow" | "deny", pattern: string) =>
  askingRole(`${side}-${pattern}`, {
    [side]: { claimsToRoles: [{ claim: "level", value: "*", roles: [pattern] }] },
  });
const junior = { level: ["junior"] };

function resource(text: string): ResourceId {
  const id = parseResourceId(text);
  assert.ok(id, text);
  return id;
}

function ask(wish: Partial<AccessRequestWish>, world: World): AccessRequest {
  const verdict = decideRequest(questionOf(wish, world));
  assert.ok(verdict.allow, JSON.stringify(verdict));
  return verdict.request;
}

function refusal(wish: Partial<AccessRequestWish>, world: World): string {
  const verdict = decideRequest(questionOf(wish, world));
  assert.ok(!verdict.allow, JSON.stringify(verdict));
  return `${verdict.reason}: ${verdict.because}`;
}

const roleTable: readonly (readonly [string, readonly string[], World, RegExp | "yes"])[] = [
  ["a literal name", ["dev"], { roles: [requester] }, "yes"],
  ["a glob", ["ops-eu"], { roles: [requester] }, "yes"],
  ["a regexp", ["db-ro"], { roles: [requester] }, "yes"],
  ["a regexp matches whole names", ["db-rox"], { roles: [requester] }, /BAD_PARAMETER.*none/],
  ["a name in another case", ["Dev"], { roles: [requester] }, /BAD_PARAMETER.*none/],
  ["deny before allow", ["ops-root"], { roles: [requester, forbidder] }, /BAD_PARAMETER.*forbids/],
  ["one refused role refuses all", ["dev", "root"], { roles: [requester] }, /"root"/],
  ["a claim", ["lead-x"], { roles: [claimant], traits: { team: ["t-x"] } }, "yes"],
  ["a claim of another value", ["lead-y"], { roles: [claimant], traits: { team: ["t-x"] } }, /none/],
  ["a claim that holds a pattern", ["lead-y"], { roles: [claimant], traits: { team: ["t-*"] } }, /none/],
  [
    "threat 16: a deny by a regexp that a claim brings",
    ["ops-eu"],
    { roles: [requester, claimed("deny", "^ops-.*$")], traits: junior },
    /BAD_PARAMETER.*forbids/,
  ],
  ["a deny whose claim is not met", ["ops-eu"], { roles: [requester, claimed("deny", "^ops-.*$")] }, "yes"],
  [
    "a regexp that a claim brings",
    ["qa-eu"],
    { roles: [claimed("allow", "^qa-.*$")], traits: junior },
    "yes",
  ],
  ["nothing allowed", ["dev"], { roles: [] }, /none/],
  ["a role that is gone", ["dev"], { roles: [requester], catalogue: [] }, /NOT_FOUND.*"dev"/],
  ["a role that is neither there nor allowed", ["secret"], { roles: [requester] }, /BAD_PARAMETER.*none/],
  ["no role at all", [], { roles: [requester] }, /BAD_PARAMETER.*at least one/],
  ["an empty name", [""], { roles: [requester] }, /BAD_PARAMETER.*empty/],
  ["a star with others", ["*", "dev"], { roles: [requester] }, /alone/],
];

for (const [what, roles, world, expected] of roleTable) {
  test(`roles that may be requested: ${what}`, () => {
    if (expected === "yes") assert.deepEqual(ask({ roles }, world).roles, roles);
    else assert.match(refusal({ roles }, world), expected);
  });
}

test("a pattern that cannot be read allows nothing in an allow and forbids everything in a deny", () => {
  const broken = askingRole("broken", { allow: { roles: ["^(dev$"] } });
  assert.match(refusal({ roles: ["dev"] }, { roles: [broken] }), /none/);
  const brokenDeny = askingRole("broken-deny", { deny: { roles: ["^(nobody$"] } });
  assert.match(refusal({ roles: ["dev"] }, { roles: [requester, brokenDeny] }), /forbids/);
});

test("roles are sorted and each is kept once", () => {
  assert.deepEqual(ask({ roles: ["ops-eu", "dev", "dev"] }, { roles: [requester] }).roles, ["dev", "ops-eu"]);
});

test("a star becomes every requestable role that is not held", () => {
  const catalogue = ["dev", "ops-eu", "ops-root", "admin", "requester"].map((name) => newRole(name));
  const world = { roles: [requester, forbidder, newRole("ops-eu")], catalogue };
  assert.deepEqual(ask({ roles: ["*"] }, world).roles, ["dev"]);
  assert.match(
    refusal({ roles: ["*"] }, { roles: [newRole("x")], catalogue }),
    /BAD_PARAMETER.*no role left/,
  );
  assert.match(refusal({ roles: ["*"], state: "APPROVED" }, world), /pending/);
});

const formTable: readonly (readonly [string, Partial<AccessRequestWish>, RegExp])[] = [
  ["no user", { user: "" }, /spec.user/],
  ["a long reason", { requestReason: "é".repeat(2049) }, /request_reason.*4096/],
  ["a long answer", { state: "DENIED", resolveReason: "x".repeat(4097) }, /resolve_reason.*4096/],
  ["an answer to a pending request", { resolveReason: "ok" }, /resolve_reason/],
  ["annotations of an answer", { resolveAnnotations: { a: ["b"] } }, /resolve_annotations/],
  ["a promotion", { state: "PROMOTED" }, /promoted/],
  ["an access list", { promotedTo: { name: "l", title: "L" } }, /access_list/],
  [
    "a kind that cannot be requested",
    { resourceIds: [{ ...resource("/here/node/a"), kind: "role" }] },
    /"role"/,
  ],
  [
    "a pod without a namespace",
    { resourceIds: [{ ...resource("/here/node/a"), kind: "pod", subResource: "web" }] },
    /BAD_PARAMETER.*\/<namespace>\/<name>/,
  ],
  [
    "a namespace without a name",
    { resourceIds: [{ ...resource("/here/node/a"), kind: "namespace" }] },
    /BAD_PARAMETER: "\/here\/namespace\/a" is not whole/,
  ],
  ["an unknown cluster", { resourceIds: [resource("/moon/node/a")] }, /NOT_FOUND.*"moon"/],
  [
    "301 resources",
    { resourceIds: Array.from({ length: 301 }, () => resource("/here/node/a")) },
    /BAD_PARAMETER.*300/,
  ],
  ["long resource ids", { resourceIds: [resource(`/here/node/${"n".repeat(2048)}`)] }, /2048/],
];

for (const [what, wish, expected] of formTable) {
  test(`the form of a request: ${what} is refused`, () => {
    assert.match(refusal({ roles: ["dev"], ...wish }, { roles: [requester] }), expected);
  });
}

test("threat 20: a resource is what the text of its id says, however it was put into fields", () => {
  const searcher = askingRole("searcher", { allow: { searchAsRoles: ["dev"] } });
  const idsOf = (...resourceIds: ResourceId[]) =>
    ask({ roles: ["dev"], resourceIds }, { roles: [searcher] }).resourceIds;
  const app = resource("/here/app/a/b");
  assert.deepEqual(idsOf({ ...app, name: "a", subResource: "b" }, app), [app]);
  const pod = resource("/here/pod/kube/x/shop/web");
  assert.deepEqual(idsOf({ ...pod, name: "kube", subResource: "x/shop/web" }), [pod]);
});

test("every role of the requester that permits a role adds one set of thresholds", () => {
  const two = { name: "two", filter: "", approve: 2, deny: 1 };
  const lead = { name: "lead", filter: 'contains(reviewer.roles, "lead")', approve: 1, deny: 1 };
  const world = {
    roles: [
      askingRole("a", { allow: { roles: ["dev", "ops"], thresholds: [two, lead] } }),
      askingRole("b", { allow: { roles: ["dev"], thresholds: [lead] } }),
      askingRole("c", { allow: { roles: ["other"] } }),
      askingRole("d", { allow: { searchAsRoles: ["ops"] } }),
    ],
  };
  const request = ask({ roles: ["dev", "ops"] }, world);
  assert.deepEqual(request.thresholds, [two, lead, { name: "default", filter: "", approve: 1, deny: 1 }]);
  assert.deepEqual(request.roleThresholds, { dev: [[0, 1], [1]], ops: [[0, 1], [2]] });
});

test("more thresholds than a request can have are refused", () => {
  const thresholds = Array.from({ length: 4097 }, (_, index) => ({
    name: `t${index}`,
    filter: "",
    approve: 1,
    deny: 1,
  }));
  const world = { roles: [askingRole("a", { allow: { roles: ["dev"], thresholds } })] };
  assert.match(refusal({ roles: ["dev"] }, world), /^LIMIT_EXCEEDED/);
});

test("annotations come from roles that permit a requested role; a deny takes pairs away", () => {
  const world = {
    traits: { service: ["web", "api"] },
    roles: [
      askingRole("a", { allow: { roles: ["dev"], annotations: { pd: ["{{external.service}}", "x"] } } }),
      askingRole("b", { allow: { roles: ["other"], annotations: { hidden: ["1"] } } }),
      askingRole("c", { allow: { searchAsRoles: ["dev"], annotations: { search: ["1"] } } }),
      askingRole("d", { deny: { annotations: { pd: ["x"] } } }),
      askingRole("e", { allow: { roles: ["dev"], annotations: { gone: ["{{external.none}}", "{{bad"] } } }),
    ],
  };
  assert.deepEqual(ask({ roles: ["dev"] }, world).systemAnnotations, { pd: ["api", "web"] });
});

test("reviewers of the client win over those of the roles", () => {
  const world = {
    roles: [
      askingRole("a", { allow: { roles: ["dev"], suggestedReviewers: ["bob", "eve"] } }),
      askingRole("b", { allow: { suggestedReviewers: ["bob"] } }),
    ],
  };
  assert.deepEqual(ask({ roles: ["dev"] }, world).suggestedReviewers, ["bob", "eve"]);
  assert.deepEqual(ask({ roles: ["dev"], suggestedReviewers: ["zoe"] }, world).suggestedReviewers, ["zoe"]);
});

test("a reason is required by the user's options or by the role that lets them ask, never by another", () => {
  const always = { ...requester, options: { ...requester.options, requestAccess: "reason" as const } };
  const strict = askingRole("strict", { allow: { roles: ["dev"], reasonMode: "required" } });
  const elsewhere = askingRole("elsewhere", { allow: { roles: ["other"], reasonMode: "required" } });
  const roles = ["dev"];
  assert.match(refusal({ roles, requestReason: " \n" }, { roles: [always] }), /reason is required/);
  assert.match(refusal({ roles }, { roles: [requester, strict] }), /reason is required/);
  assert.equal(ask({ roles, requestReason: "fix" }, { roles: [strict] }).requestReason, "fix");
  assert.equal(ask({ roles }, { roles: [requester, elsewhere] }).state, "PENDING");
});

test("a dry run reports what it would ask for instead of refusing", () => {
  const strict = askingRole("strict", {
    allow: { roles: ["dev"], reasonMode: "required" },
    options: { requestPrompt: " Ticket? " },
  });
  const { dryRun } = ask({ roles: ["dev"], dryRun: true }, { roles: [strict] });
  assert.deepEqual(dryRun, { reasonMode: "required", reasonPrompts: ["Ticket?"] });
});

test("what the client says about the server's fields has no effect", () => {
  const forged = {
    roles: ["dev"],
    ...{ reviews: [{}], thresholds: [], roleThresholds: {}, createdAt: 1, id: "mine", revision: "r" },
  };
  const request = ask(forged, { roles: [requester] });
  assert.equal(request.reviews.length, 0);
  assert.equal(request.thresholds.length, 1);
  assert.equal(request.createdAt, NOW);
  assert.notEqual(request.id, "mine");
});

const nodes = {
  allows: (role: { name: string }, id: ResourceId, login: string) =>
    role.name.startsWith("node-") && id.name === "n1" && (login === "" || role.name !== "node-ro"),
  countLogins: (role: { name: string }) => role.name.length,
};
const searcher = askingRole("searcher", {
  allow: { searchAsRoles: ["node-ro", "node-admin", "node-rw", "db"] },
});
const catalogue = ["node-ro", "node-admin", "node-rw", "db"].map((name) => newRole(name));

test("resources are asked for through search_as_roles, pruned to those that open one", () => {
  const world = { roles: [searcher], catalogue, resources: nodes };
  const resourceIds = [resource("/here/node/n1")];
  assert.deepEqual(ask({ resourceIds }, world).roles, ["node-admin", "node-ro", "node-rw"]);
  assert.deepEqual(ask({ resourceIds, loginHint: "root" }, world).roles, ["node-rw"]);
  assert.deepEqual(ask({ resourceIds, roles: ["db"] }, world).roles, ["db"]);
  assert.match(
    refusal({ resourceIds: [resource("/here/node/n2")] }, world),
    /BAD_PARAMETER.*none of the roles/,
  );
  assert.deepEqual(ask({ resourceIds: [resource("/there/node/n2")] }, world).roles.length, 4);
  assert.match(
    refusal({ resourceIds }, { roles: [requester], catalogue, resources: nodes }),
    /ACCESS_DENIED/,
  );
});

test("search_as_roles are literal, and no role of request.roles opens a resource", () => {
  const world = {
    roles: [askingRole("g", { allow: { roles: ["db"], searchAsRoles: ["node-*"] } })],
    catalogue,
  };
  const resourceIds = [resource("/here/node/n1")];
  assert.match(refusal({ resourceIds, roles: ["node-rw"] }, world), /none/);
  assert.match(refusal({ resourceIds, roles: ["db"] }, world), /none/);
  const denied = askingRole("x", { deny: { searchAsRoles: ["db"] } });
  assert.match(refusal({ resourceIds, roles: ["db"] }, { roles: [searcher, denied], catalogue }), /forbids/);
});

test("Kubernetes kinds are limited by the role that opens the way", () => {
  const kube = askingRole("kube", {
    allow: { searchAsRoles: ["db"], kubernetesResources: [{ kind: "pod", apiGroup: "" }] },
  });
  const world = { roles: [kube], catalogue };
  const roles = ["db"];
  assert.deepEqual(ask({ roles, resourceIds: [resource("/here/pod/k/ns/p")] }, world).roles, roles);
  const refused = refusal({ roles, resourceIds: [resource("/here/secret/k/ns/s")] }, world);
  assert.match(refused, /your Teleport role's "request.kubernetes_resources" field.*db: \[pod\]/);
});
