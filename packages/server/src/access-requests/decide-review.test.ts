import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest, AccessReview } from "./access-request.ts";
import { checkSubmission, decideReview, type Submitter } from "./decide-review.ts";
import type { Reviewer } from "./reviewing/review-permission.ts";
import { HOUR, NOW, requestWith, reviewBy, reviewerWith, reviewingRole } from "./testing/examples.ts";

const all = reviewingRole("reviews-all", { roles: ["*"] });
const bob = reviewerWith("bob", [all]);

interface Given {
  readonly request?: Partial<AccessRequest>;
  readonly review?: Partial<AccessReview>;
  readonly reviewer?: Reviewer;
  readonly submitter?: Partial<Submitter>;
}

function review({ request = {}, review: parts = {}, reviewer = bob, submitter = {} }: Given) {
  return decideReview({
    request: requestWith(request),
    review: reviewBy(reviewer.name, parts),
    reviewer,
    submitter: { name: reviewer.name, impersonator: "", isAdmin: false, ...submitter },
    now: NOW,
  });
}

function reviewed(given: Given): AccessRequest {
  const verdict = review(given);
  assert.ok(verdict.allow, JSON.stringify(verdict));
  return verdict.request;
}

function refusal(given: Given): string {
  const verdict = review(given);
  assert.ok(!verdict.allow, JSON.stringify(verdict));
  return `${verdict.reason}: ${verdict.because}`;
}

const permissionTable: readonly (readonly [string, Reviewer, RegExp | "yes"])[] = [
  ["a role that reviews everything", bob, "yes"],
  ["a pattern", reviewerWith("bob", [reviewingRole("r", { roles: ["de*"] })]), "yes"],
  ["another role", reviewerWith("bob", [reviewingRole("r", { roles: ["ops"] })]), /ACCESS_DENIED/],
  ["no directive", reviewerWith("bob", []), /ACCESS_DENIED/],
  [
    "deny before allow",
    reviewerWith("bob", [all, reviewingRole("d", undefined, { roles: ["dev"] })]),
    /DENIED/,
  ],
  [
    "a deny of other roles",
    reviewerWith("bob", [all, reviewingRole("d", undefined, { roles: ["ops"] })]),
    "yes",
  ],
  [
    "a where that holds",
    reviewerWith(
      "bob",
      [reviewingRole("r", { roles: ["*"], where: 'contains(reviewer.traits["t"], "x")' })],
      {
        t: ["x"],
      },
    ),
    "yes",
  ],
  [
    "a where that does not hold",
    reviewerWith("bob", [reviewingRole("r", { roles: ["*"], where: 'contains(reviewer.traits["t"], "x")' })]),
    /ACCESS_DENIED/,
  ],
  [
    "a where that cannot be read, in an allow",
    reviewerWith("bob", [reviewingRole("r", { roles: ["*"], where: "(((" })]),
    /ACCESS_DENIED/,
  ],
  [
    "a where that cannot be read, in a deny",
    reviewerWith("bob", [all, reviewingRole("d", undefined, { roles: ["dev"], where: "nope(" })]),
    /ACCESS_DENIED/,
  ],
  [
    "a claim",
    reviewerWith(
      "bob",
      [reviewingRole("r", { claimsToRoles: [{ claim: "lead", value: "*", roles: ["dev"] }] })],
      { lead: ["yes"] },
    ),
    "yes",
  ],
];

for (const [what, reviewer, expected] of permissionTable) {
  test(`may review: ${what}`, () => {
    if (expected === "yes") assert.equal(reviewed({ reviewer }).state, "APPROVED");
    else assert.match(refusal({ reviewer }), expected);
  });
}

test("every role needs a line that allows it; they may stand in several groups", () => {
  const request = { roles: ["dev", "ops"] };
  const dev = reviewingRole("r1", { roles: ["dev"] });
  const ops = reviewingRole("r2", { roles: ["ops"], where: 'equals(request.reason, "")' });
  assert.match(refusal({ request, reviewer: reviewerWith("bob", [dev]) }), /ACCESS_DENIED/);
  assert.equal(reviewed({ request, reviewer: reviewerWith("bob", [dev, ops]) }).state, "APPROVED");
});

test("the original roles count, also after an approval of fewer", () => {
  const request = { roles: ["dev"], roleThresholds: { dev: [[0]], ops: [[0]] } };
  const reviewer = reviewerWith("bob", [reviewingRole("r", { roles: ["dev"] })]);
  assert.match(refusal({ request, reviewer }), /ACCESS_DENIED/);
});

const compatTable: readonly (readonly [string, Given, RegExp])[] = [
  ["a proposal that settles nothing", { review: { proposedState: "PENDING" } }, /BAD_PARAMETER/],
  ["no proposal", { review: { proposedState: "NONE" } }, /BAD_PARAMETER/],
  ["a promotion", { review: { proposedState: "PROMOTED" } }, /BAD_PARAMETER/],
  ["annotations", { review: { annotations: { a: ["b"] } } }, /NOT_IMPLEMENTED/],
  ["a long reason", { review: { reason: "x".repeat(4097) } }, /BAD_PARAMETER.*4096/],
  ["no thresholds", { request: { thresholds: [] } }, /BAD_PARAMETER/],
  ["another author", { review: { author: "zoe" } }, /ACCESS_DENIED/],
  [
    "another author, even by the administrator",
    { review: { author: "zoe" }, submitter: { isAdmin: true } },
    /its author alone/,
  ],
  [
    "some of the roles",
    { request: { roles: ["dev", "ops"] }, review: { roles: ["dev"] } },
    /NOT_IMPLEMENTED/,
  ],
  ["a role that is not part", { review: { roles: ["admin"] } }, /BAD_PARAMETER.*"admin"/],
  ["an approved request", { request: { state: "APPROVED" } }, /ACCESS_DENIED.*approved already/],
  ["a denied request", { request: { state: "DENIED" } }, /ACCESS_DENIED.*denied already/],
  ["a start after the end", { review: { assumeStartAt: NOW + 9 * HOUR } }, /BAD_PARAMETER/],
];

for (const [what, given, expected] of compatTable) {
  test(`a review is refused for ${what}`, () => assert.match(refusal(given), expected));
}

test("a second review of the same author ends in the words that clients look for", () => {
  const request = { reviews: [reviewBy("bob")] };
  assert.match(refusal({ request }), /^ALREADY_EXISTS: .* has already reviewed this request$/);
});

test("all roles may be named", () => {
  assert.equal(reviewed({ review: { roles: ["dev"] } }).state, "APPROVED");
});

test("a pending request past its expiry can be reviewed until it is swept", () => {
  assert.equal(reviewed({ request: { expiresAt: NOW - 1 } }).state, "APPROVED");
});

test("an approval makes the request last as long as the access", () => {
  const request = reviewed({ review: { reason: "fine" } });
  assert.equal(request.expiresAt, request.accessExpiresAt);
  assert.equal(request.resolveReason, "fine");
  assert.equal(request.reviews[0]?.createdAt, NOW);
});

test("a review counts for the thresholds whose filter holds", () => {
  const thresholds = [
    { name: "any", filter: "", approve: 2, deny: 1 },
    { name: "lead", filter: 'contains(reviewer.roles, "lead")', approve: 1, deny: 1 },
    { name: "word", filter: 'equals(review.reason, "ok")', approve: 1, deny: 1 },
    { name: "broken", filter: "what(", approve: 1, deny: 1 },
  ];
  const request = { thresholds, roleThresholds: { dev: [[0]] } };
  const after = reviewed({ request, review: { reason: "ok" } });
  assert.deepEqual(after.reviews[0]?.thresholdIndexes, [0, 2]);
  assert.equal(after.state, "PENDING");
  assert.equal(after.resolveReason, "");
});

test("a start that a reviewer sets holds also when nothing is settled yet", () => {
  const thresholds = [{ name: "", filter: "", approve: 2, deny: 2 }];
  const review = { assumeStartAt: NOW + HOUR, proposedState: "DENIED" as const };
  const after = reviewed({ request: { thresholds }, review });
  assert.equal(after.state, "PENDING");
  assert.equal(after.assumeStartAt, NOW + HOUR);
});

test("a denial of a request that was opened again is not outvoted by older approvals", () => {
  const request = { reviews: [reviewBy("zoe", { thresholdIndexes: [0] })] };
  assert.equal(reviewed({ request, review: { proposedState: "DENIED" } }).state, "PENDING");
  assert.equal(reviewed({ request }).state, "APPROVED");
});

test("an access that counts from its approval ends a full duration after it, never later than written", () => {
  const lasting = {
    accessDurationMs: HOUR,
    accessExpiresAt: NOW + 30 * HOUR,
    maxDurationAt: NOW + 30 * HOUR,
  };
  assert.equal(reviewed({ request: lasting }).accessExpiresAt, NOW + HOUR);
  const late = { ...lasting, assumeStartAt: NOW + 2 * HOUR };
  assert.equal(reviewed({ request: late }).accessExpiresAt, NOW + 3 * HOUR);
  const short = { ...lasting, accessExpiresAt: NOW + HOUR / 2 };
  assert.equal(reviewed({ request: short }).accessExpiresAt, NOW + HOUR / 2);
  assert.equal(
    reviewed({ request: lasting, review: { proposedState: "DENIED" } }).accessExpiresAt,
    NOW + 30 * HOUR,
  );
});

test("threat 16: nobody reviews their own request, whatever their roles", () => {
  const alice = reviewerWith("alice", [all]);
  assert.match(refusal({ reviewer: alice }), /ACCESS_DENIED.*own/);
  assert.match(
    refusal({ reviewer: alice, submitter: { name: "tctl", isAdmin: true } }),
    /ACCESS_DENIED.*own/,
  );
});

test("threat 16: a requester who acts under a reviewer's name is still the requester", () => {
  assert.match(refusal({ submitter: { impersonator: "alice" } }), /ACCESS_DENIED.*own/);
});

test("threat 16: only the builtin Admin submits for another, who must be able to review", () => {
  const review = reviewBy("bob");
  const eve = { name: "eve", impersonator: "", isAdmin: false };
  assert.equal(checkSubmission(review, bob, eve)?.reason, "ACCESS_DENIED");
  assert.equal(checkSubmission(review, bob, { ...eve, isAdmin: true }), undefined);
  assert.equal(
    checkSubmission(review, reviewerWith("bob", []), { ...eve, isAdmin: true })?.reason,
    "ACCESS_DENIED",
  );
});

test("threat 20: an author in another case or Unicode form is another author, and has to be that user", () => {
  assert.match(refusal({ review: { author: "Bob" } }), /ACCESS_DENIED/);
  assert.match(refusal({ review: { author: "bob\u200b" } }), /ACCESS_DENIED/);
});
