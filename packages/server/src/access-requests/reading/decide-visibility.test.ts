import assert from "node:assert/strict";
import { test } from "node:test";
import { requestWith, reviewBy, reviewerWith, reviewingRole } from "../testing/examples.ts";
import {
  anyRequest,
  decideSight,
  decideWatch,
  isInSight,
  matchesFilter,
  parseWatchFilter,
  type RequestFilter,
} from "./decide-visibility.ts";

const allowed = { allow: true };
const unsaid = { allow: false, explicit: false };
const denied = { allow: false, explicit: true };
const plain = reviewerWith("alice", []);
const bob = reviewerWith("bob", [reviewingRole("r", { roles: ["dev"] })]);

test("who sees which requests", () => {
  assert.deepEqual(decideSight(allowed, plain, ""), { of: "all" });
  assert.deepEqual(decideSight(unsaid, plain, ""), { of: "own", user: "alice" });
  assert.deepEqual(decideSight(unsaid, plain, "zoe"), { of: "own", user: "alice" });
  assert.deepEqual(decideSight(unsaid, bob, "bob"), { of: "own", user: "bob" });
  assert.deepEqual(decideSight(unsaid, bob, ""), { of: "own-and-reviewable", reviewer: bob });
  const refused = decideSight(denied, bob, "bob");
  assert.ok("allow" in refused && refused.reason === "ACCESS_DENIED");
});

test("a reviewer sees their own and what they may review", () => {
  const sight = { of: "own-and-reviewable", reviewer: bob } as const;
  assert.ok(isInSight(sight, requestWith({ user: "alice" })));
  assert.ok(isInSight(sight, requestWith({ user: "bob", roles: ["ops"] })));
  assert.ok(!isInSight(sight, requestWith({ user: "alice", roles: ["ops"] })));
  assert.ok(!isInSight({ of: "own", user: "alice" }, requestWith({ user: "bob" })));
});

const request = requestWith({ user: "alice", labels: { Team: "Blue" }, reviews: [reviewBy("bob")] });
const filters: readonly (readonly [string, Partial<RequestFilter>, boolean])[] = [
  ["nothing", {}, true],
  ["its id", { id: request.id }, true],
  ["another id", { id: "x" }, false],
  ["its user", { user: "alice" }, true],
  ["another user", { user: "bob" }, false],
  ["its state", { state: "PENDING" }, true],
  ["another state", { state: "APPROVED" }, false],
  ["words of several fields", { searchKeywords: ["ALI", "blu", "DEV"] }, true],
  ["a word that is nowhere", { searchKeywords: ["ali", "red"] }, false],
  ["my requests, as its user", { scope: "MY_REQUESTS", requester: "alice" }, true],
  ["my requests, as another", { scope: "MY_REQUESTS", requester: "bob" }, false],
  ["needs review, as its user", { scope: "NEEDS_REVIEW", requester: "alice" }, false],
  ["needs review, as its reviewer", { scope: "NEEDS_REVIEW", requester: "bob" }, false],
  ["needs review, as another", { scope: "NEEDS_REVIEW", requester: "zoe" }, true],
  ["reviewed, as its reviewer", { scope: "REVIEWED", requester: "bob" }, true],
  ["reviewed, as another", { scope: "REVIEWED", requester: "zoe" }, false],
];

for (const [what, parts, expected] of filters) {
  test(`a filter for ${what}: ${expected}`, () => {
    assert.equal(matchesFilter({ ...anyRequest, ...parts }, request), expected);
  });
}

test("a watch filters by id, user and state, and by nothing else", () => {
  assert.deepEqual(parseWatchFilter({ state: "PENDING" }), { ...anyRequest, state: "PENDING" });
  assert.ok("allow" in parseWatchFilter({ roles: "dev" }));
  assert.ok("allow" in parseWatchFilter({ state: "pending" }));
});

test("own requests can be watched even where a rule denies reading; reviewers are no exception", () => {
  assert.ok(decideWatch(allowed, { user: "" }, "bob"));
  assert.ok(decideWatch(denied, { user: "bob" }, "bob"));
  assert.ok(!decideWatch(unsaid, { user: "" }, "bob"));
  assert.ok(!decideWatch(unsaid, { user: "" }, ""));
});
