import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest, RequestState } from "./access-request.ts";
import { decideState, type StateChange, type StateChanger } from "./decide-state.ts";
import { HOUR, NOW, requestWith } from "./testing/examples.ts";

const admin: StateChanger = { name: "admin", impersonator: "", activeRequests: [] };

function set(
  parts: Partial<StateChange>,
  request: Partial<AccessRequest> = {},
  by: Partial<StateChanger> = {},
) {
  const change = {
    state: "APPROVED",
    reason: "",
    annotations: {},
    roles: [],
    assumeStartAt: undefined,
  } as const;
  return decideState(requestWith(request), { ...change, ...parts }, { ...admin, ...by }, NOW);
}

const transitions: readonly (readonly [RequestState, RequestState, boolean])[] = [
  ["PENDING", "APPROVED", true],
  ["PENDING", "DENIED", true],
  ["PENDING", "PENDING", true],
  ["PENDING", "PROMOTED", false],
  ["PENDING", "NONE", false],
  ["APPROVED", "DENIED", true],
  ["APPROVED", "APPROVED", true],
  ["APPROVED", "PENDING", true],
  ["PROMOTED", "DENIED", true],
  ["DENIED", "DENIED", true],
  ["DENIED", "APPROVED", false],
  ["DENIED", "PENDING", false],
];

for (const [from, to, isFine] of transitions) {
  test(`a request goes from ${from} to ${to}: ${isFine ? "yes" : "no"}`, () => {
    const verdict = set({ state: to }, { state: from });
    if (verdict.allow) assert.equal(verdict.request.state, to);
    else assert.equal(verdict.reason, "BAD_PARAMETER");
    assert.equal(verdict.allow, isFine);
  });
}

test("reason and annotations are overwritten, also by nothing; only an approval moves the expiry", () => {
  const before = { state: "PENDING" as const, resolveReason: "old", resolveAnnotations: { a: ["b"] } };
  const denied = set({ state: "DENIED" }, before);
  assert.ok(denied.allow);
  assert.equal(denied.request.resolveReason, "");
  assert.deepEqual(denied.request.resolveAnnotations, {});
  assert.equal(denied.request.expiresAt, NOW + 4 * HOUR);
  const approved = set({ reason: "new" }, before);
  assert.ok(approved.allow);
  assert.equal(approved.request.expiresAt, approved.request.accessExpiresAt);
});

test("an approval may grant fewer roles and a later start", () => {
  const verdict = set({ roles: ["dev", "dev"], assumeStartAt: NOW + HOUR }, { roles: ["dev", "ops"] });
  assert.ok(verdict.allow);
  assert.deepEqual(verdict.request.roles, ["dev"]);
  assert.equal(verdict.request.assumeStartAt, NOW + HOUR);
  assert.deepEqual(Object.keys(verdict.request.roleThresholds), ["dev", "ops"]);
});

type Row = readonly [string, Partial<StateChange>, Partial<StateChanger>, string];
const refusals: readonly Row[] = [
  ["threat 17: an approval never adds a role", { roles: ["admin"] }, {}, "BAD_PARAMETER"],
  ["roles come only with an approval", { state: "DENIED", roles: ["dev"] }, {}, "BAD_PARAMETER"],
  ["threat 16: nobody answers their own request", {}, { name: "alice" }, "ACCESS_DENIED"],
  ["threat 16: nor under another name", {}, { impersonator: "alice" }, "ACCESS_DENIED"],
  ["threat 16: nor with roles that a request lent them", {}, { activeRequests: ["r"] }, "ACCESS_DENIED"],
  ["a long reason", { reason: "x".repeat(4097) }, {}, "BAD_PARAMETER"],
  ["a start after the end", { assumeStartAt: NOW + 8 * HOUR }, {}, "BAD_PARAMETER"],
];

for (const [what, change, by, reason] of refusals) {
  test(what, () => {
    const verdict = set(change, {}, by);
    assert.ok(!verdict.allow);
    assert.equal(verdict.reason, reason);
  });
}
