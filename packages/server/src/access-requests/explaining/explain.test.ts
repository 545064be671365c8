import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest } from "../access-request.ts";
import {
  askingRole,
  questionOf,
  requestWith,
  reviewBy,
  reviewerWith,
  reviewingRole,
} from "../testing/examples.ts";
import { approvalsNeeded, explainRequest, explainReview, explainThresholds } from "./explain.ts";

const two = { name: "two", filter: "", approve: 2, deny: 1 };
const one = { name: "one", filter: "", approve: 1, deny: 1 };
const asks = askingRole("asks", { allow: { roles: ["ops", "dev"], thresholds: [two, one] } });
const forbids = askingRole("forbids", { deny: { roles: ["op*"] } });

test("the line that allows and the line that forbids are named", () => {
  const question = questionOf({ roles: ["dev", "ops"] }, { roles: [asks, forbids] });
  const { allow, because, roles } = explainRequest(question);
  assert.equal(allow, false);
  assert.match(because, /"ops"/);
  assert.deepEqual(roles.dev, {
    allow: true,
    by: [{ role: "asks", path: "spec.allow.request.roles[1]", text: "dev" }],
  });
  assert.deepEqual(roles.ops, {
    allow: false,
    by: [{ role: "forbids", path: "spec.deny.request.roles[0]", text: "op*" }],
  });
});

test("an allowed wish says what approval takes, and which role brings it", () => {
  const { thresholds, setsFrom } = explainRequest(questionOf({ roles: ["dev"] }, { roles: [asks] }));
  assert.deepEqual(
    thresholds.map(({ name, set, approve, approvals }) => [name, set, approve, approvals]),
    [
      ["two", 0, 2, 0],
      ["one", 0, 1, 0],
    ],
  );
  assert.deepEqual(setsFrom, { dev: ["asks"] });
  assert.equal(approvalsNeeded(thresholds), 1);
});

test("reviews that were given are counted", () => {
  const request = requestWith({
    thresholds: [two, { ...one, approve: 0 }],
    roleThresholds: { dev: [[0], [1]] },
    reviews: [reviewBy("bob", { thresholdIndexes: [0, 1] })],
  });
  const standings = explainThresholds(request);
  assert.deepEqual(
    standings.map(({ name, approvals }) => [name, approvals]),
    [
      ["two", 1],
      ["one", 1],
    ],
  );
  assert.equal(approvalsNeeded(standings), undefined, "a threshold of 0 is never reached");
  assert.equal(approvalsNeeded(standings.slice(0, 1)), 1);
});

test("who may review is told line by line", () => {
  const bob = reviewerWith("bob", [reviewingRole("reviews", { roles: ["ops", "dev"] })]);
  const eve = reviewerWith("eve", []);
  const answers = explainReview([bob, eve, reviewerWith("alice", bob.roles)], requestWith({}));
  assert.deepEqual(answers.bob?.by, [
    { role: "reviews", path: "spec.allow.review_requests.roles[1]", text: "dev" },
  ]);
  assert.deepEqual(answers.eve?.missing, ["dev"]);
  assert.equal(answers.alice?.own, true);
});

test("a condition that does not hold is named, where without it a role would let them review", () => {
  const where = 'request.reason == "drill"';
  const heldBackOf = (roles: readonly string[]) =>
    explainReview([reviewerWith("bob", [reviewingRole("reviews", { roles, where })])], requestWith({})).bob;
  assert.equal(heldBackOf(["dev"])?.allow, false);
  assert.deepEqual(heldBackOf(["dev"])?.heldBack, [
    { role: "reviews", path: "spec.allow.review_requests.where", text: where },
  ]);
  assert.deepEqual(heldBackOf(["other"])?.heldBack, []);
});

test("a reviewer is told what stands in the way although a role lets them review", () => {
  const bob = reviewerWith("bob", [reviewingRole("reviews", { roles: ["dev"] })]);
  const hindranceOf = (request: AccessRequest) => explainReview([bob], request).bob;
  assert.deepEqual(
    [hindranceOf(requestWith({}))?.allow, hindranceOf(requestWith({}))?.hindrance],
    [true, undefined],
  );
  const reviewed = hindranceOf(requestWith({ reviews: [reviewBy("bob")] }));
  assert.deepEqual(
    [reviewed?.allow, reviewed?.hindrance?.endsWith("has already reviewed this request")],
    [false, true],
  );
  assert.match(hindranceOf(requestWith({ state: "DENIED" }))?.hindrance ?? "", /denied already/);
});
