import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest } from "./access-request.ts";
import { isDue } from "./decide-expiry.ts";
import { decideReview } from "./decide-review.ts";
import { decideState } from "./decide-state.ts";
import {
  askingRole,
  HOUR,
  NOW,
  requesterWith,
  requestWith,
  reviewBy,
  reviewerWith,
  reviewingRole,
} from "./testing/examples.ts";
import { decideUse } from "./using/decide-use.ts";

// Every order of every act on small requests, with time that passes: what must never happen does not.

const people = ["alice", "bob", "cas", "dan"];
const asks = askingRole("asks", { allow: { roles: ["*"] } });
const reviews = reviewingRole("reviews", { roles: ["*"] });
const lead = reviewingRole("lead", undefined);

/** How a request came to where it is: the facts that the invariants are about. */
interface History {
  readonly request: AccessRequest | undefined;
  readonly now: number;
  readonly first: AccessRequest;
  readonly votes: readonly { readonly by: string; readonly approve: boolean }[];
  readonly adminApproved: boolean;
  readonly wasDenied: boolean;
}

type Act = (history: History) => History | undefined;

function reviewAct(name: string, approve: boolean): Act {
  return (history) => {
    if (history.request === undefined) return undefined;
    const reviewer = reviewerWith(name, name === "dan" ? [reviews, lead] : [reviews]);
    const verdict = decideReview({
      request: history.request,
      review: reviewBy(name, { proposedState: approve ? "APPROVED" : "DENIED" }),
      reviewer,
      submitter: { name, impersonator: "", isAdmin: false },
      now: history.now,
    });
    if (!verdict.allow) return undefined;
    return record({ ...history, votes: [...history.votes, { by: name, approve }] }, verdict.request);
  };
}

function stateAct(
  name: string,
  state: "APPROVED" | "DENIED" | "PENDING",
  roles: readonly string[] = [],
): Act {
  return (history) => {
    if (history.request === undefined) return undefined;
    const change = { state, reason: "", annotations: {}, roles, assumeStartAt: undefined };
    const changer = { name, impersonator: "", activeRequests: [] };
    const verdict = decideState(history.request, change, changer, history.now);
    if (!verdict.allow) return undefined;
    assert.notEqual(name, history.first.user, "the requester answered their own request");
    return record(
      { ...history, adminApproved: history.adminApproved || state === "APPROVED" },
      verdict.request,
    );
  };
}

function passTime(ms: number): Act {
  return (history) => {
    if (history.request === undefined || history.now > NOW + 12 * HOUR) return undefined;
    const now = history.now + ms;
    return { ...history, now, request: isDue(history.request, now) ? undefined : history.request };
  };
}

function record(history: History, request: AccessRequest): History {
  return { ...history, request, wasDenied: history.wasDenied || request.state === "DENIED" };
}

const acts: readonly Act[] = [
  ...people.flatMap((name) => [reviewAct(name, true), reviewAct(name, false)]),
  stateAct("root", "APPROVED"),
  stateAct("root", "APPROVED", ["a"]),
  stateAct("root", "DENIED"),
  stateAct("root", "PENDING"),
  stateAct("alice", "APPROVED"),
  passTime(3 * HOUR),
];

/** Counts by hand: does some alternative of each set of each role have its approvals? */
function hasTheCounts({ request, votes, first }: History): boolean {
  assert.ok(request);
  const approvals = (index: number) =>
    votes.filter(({ by, approve }) => approve && (first.thresholds[index]!.filter === "" || by === "dan"))
      .length;
  return Object.values(first.roleThresholds).every((sets) =>
    sets.every((set) => set.some((index) => approvals(index) >= first.thresholds[index]!.approve)),
  );
}

function checkInvariants(history: History): void {
  const { request, first, votes, now } = history;
  assert.ok(!votes.some(({ by }) => by === first.user), "the requester reviewed");
  assert.equal(new Set(votes.map(({ by }) => by)).size, votes.length, "somebody reviewed twice");
  if (request === undefined) return;
  assert.ok(
    request.roles.every((name) => first.roles.includes(name)),
    "a role was added",
  );
  assert.ok(request.accessExpiresAt <= first.accessExpiresAt, "the access was made longer");
  if (history.wasDenied) assert.equal(request.state, "DENIED", "a denial was undone");
  if (request.state === "APPROVED" && !history.adminApproved)
    assert.ok(hasTheCounts(history), "not enough approvals");
  const use = decideUse(request, requesterWith([asks]), now);
  if (!use.allow) return;
  assert.equal(request.state, "APPROVED", "used without an approval");
  assert.ok(now < first.accessExpiresAt, "used after its time");
}

/** Goes on until nothing new can happen. */
function explore(first: AccessRequest): number {
  const seen = new Set<string>();
  let frontier: readonly History[] = [
    { request: first, now: NOW, first, votes: [], adminApproved: false, wasDenied: false },
  ];
  while (frontier.length > 0) {
    const next: History[] = [];
    for (const history of frontier) {
      for (const act of acts) {
        const after = act(history);
        if (after === undefined) continue;
        const identity = JSON.stringify([after.request, after.now, after.votes, after.adminApproved]);
        if (seen.has(identity)) continue;
        seen.add(identity);
        checkInvariants(after);
        next.push(after);
      }
    }
    frontier = next;
  }
  return seen.size;
}

const leads = 'contains(reviewer.roles, "lead")';
const two = { name: "two", filter: "", approve: 2, deny: 1 };
const byLead = { name: "lead", filter: leads, approve: 1, deny: 1 };
const slow = { name: "slow", filter: "", approve: 3, deny: 2 };
const roles = ["a", "b"];

const requests: readonly (readonly [string, Partial<AccessRequest>])[] = [
  [
    "two thresholds that exclude each other",
    { thresholds: [two, byLead], roleThresholds: { a: [[0, 1]], b: [[0]] } },
  ],
  ["two sets for one role", { thresholds: [two, byLead], roleThresholds: { a: [[0], [1]], b: [[0]] } }],
  ["three thresholds", { thresholds: [two, byLead, slow], roleThresholds: { a: [[1, 2]], b: [[0], [2]] } }],
  [
    "a duration that counts from the approval",
    {
      thresholds: [two],
      roleThresholds: { a: [[0]], b: [[0]] },
      accessDurationMs: 4 * HOUR,
      accessExpiresAt: NOW + 8 * HOUR,
    },
  ],
];

for (const [what, parts] of requests) {
  test(`threat 16, threat 17: every order of acts on a request with ${what}`, () => {
    const states = explore(requestWith({ roles, ...parts }));
    assert.ok(states > 100, `only ${states} states were reached`);
  });
}
