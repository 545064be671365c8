import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccessRequest, AccessReview, RequestState } from "../access-request.ts";
import { requestWith, reviewBy } from "../testing/examples.ts";
import { resolveReviews } from "./resolve-reviews.ts";

/**
 * The same question answered slowly: for every prefix of the reviews, shortest first, count from scratch what the
 * rules say and stop at the first prefix that settles it.
 */
function resolveSlowly(request: AccessRequest): RequestState {
  for (let length = 1; length <= request.reviews.length; length += 1) {
    const seen = request.reviews.slice(0, length);
    const last = seen[length - 1]!;
    const votes = (index: number, state: RequestState) =>
      seen.filter((review) => review.thresholdIndexes.includes(index) && review.proposedState === state)
        .length;
    if (last.proposedState === "PROMOTED") {
      if (last.thresholdIndexes.length > 0 || length === request.reviews.length) return "PROMOTED";
    }
    for (const [index, { deny }] of request.thresholds.entries()) {
      if (deny !== 0 && votes(index, "DENIED") >= deny) return "DENIED";
    }
    const unmet: string[] = [];
    for (const [role, sets] of Object.entries(request.roleThresholds)) {
      for (const set of sets) {
        const reached = set.filter((index) => {
          const { approve } = request.thresholds[index]!;
          return approve !== 0 && votes(index, "APPROVED") >= approve;
        });
        if (reached.length === 0) unmet.push(role);
      }
    }
    if (unmet.length === 0) return "APPROVED";
  }
  return "PENDING";
}

const threshold = fc.record({
  name: fc.constant(""),
  filter: fc.constant(""),
  approve: fc.nat(3),
  deny: fc.nat(3),
});

const reviewed = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const index = fc.nat(count - 1);
  const set = fc.uniqueArray(index, { minLength: 1, maxLength: count });
  const sets = fc.array(set, { minLength: 1, maxLength: 3 });
  const review = fc.record({
    proposedState: fc.constantFrom<RequestState>("APPROVED", "APPROVED", "DENIED", "PROMOTED"),
    thresholdIndexes: fc.uniqueArray(index, { maxLength: count }),
  });
  return fc.record({
    thresholds: fc.array(threshold, { minLength: count, maxLength: count }),
    roleThresholds: fc.dictionary(fc.constantFrom("a", "b", "c"), sets, { minKeys: 1 }),
    reviews: fc.array(review, { maxLength: 8 }),
  });
});

test("the resolution is that of the slow and obvious implementation", () => {
  fc.assert(
    fc.property(reviewed, ({ thresholds, roleThresholds, reviews }) => {
      const named = reviews.map((parts, index) => reviewBy(`r${index}`, parts));
      const request = requestWith({ thresholds, roleThresholds, reviews: named });
      assert.equal(resolveReviews(request)?.state ?? "PENDING", resolveSlowly(request));
    }),
    { numRuns: 5_000 },
  );
});

const one = { name: "", filter: "", approve: 1, deny: 1 };
const two = { name: "", filter: "", approve: 2, deny: 2 };
const never = { name: "", filter: "", approve: 0, deny: 0 };

const yes = (...thresholdIndexes: number[]) => ({ proposedState: "APPROVED" as const, thresholdIndexes });
const no = (...thresholdIndexes: number[]) => ({ proposedState: "DENIED" as const, thresholdIndexes });
const promote = (...thresholdIndexes: number[]) => ({
  proposedState: "PROMOTED" as const,
  thresholdIndexes,
});

type Row = readonly [string, Partial<AccessRequest>, readonly Partial<AccessReview>[], RequestState];
const table: readonly Row[] = [
  ["no review", { thresholds: [one] }, [], "PENDING"],
  ["one of one", { thresholds: [one] }, [yes(0)], "APPROVED"],
  ["one of two", { thresholds: [two] }, [yes(0)], "PENDING"],
  ["two of two", { thresholds: [two] }, [yes(0), yes(0)], "APPROVED"],
  ["a review that counts for nothing", { thresholds: [one] }, [yes()], "PENDING"],
  ["either of a set", { thresholds: [two, one], roleThresholds: { a: [[0, 1]] } }, [yes(1)], "APPROVED"],
  ["one set of two", { thresholds: [one, one], roleThresholds: { a: [[0], [1]] } }, [yes(0)], "PENDING"],
  ["both sets", { thresholds: [one, one], roleThresholds: { a: [[0], [1]] } }, [yes(0), yes(1)], "APPROVED"],
  [
    "one role of two",
    { thresholds: [one, one], roleThresholds: { a: [[0]], b: [[1]] } },
    [yes(0)],
    "PENDING",
  ],
  ["any denial threshold", { thresholds: [two, one], roleThresholds: { a: [[0], [1]] } }, [no(1)], "DENIED"],
  ["a denial after the approval", { thresholds: [one] }, [yes(0), no(0)], "APPROVED"],
  ["an approval after the denial", { thresholds: [one] }, [no(0), yes(0)], "DENIED"],
  ["0 is never reached", { thresholds: [never] }, [yes(0), yes(0), no(0)], "PENDING"],
  ["a promotion", { thresholds: [two] }, [promote(0)], "PROMOTED"],
  ["a promotion that counts for nothing, last", { thresholds: [two] }, [promote()], "PROMOTED"],
  [
    "a promotion that counts for nothing, then a review",
    { thresholds: [one] },
    [promote(), yes(0)],
    "APPROVED",
  ],
  ["no role to approve", { thresholds: [one], roleThresholds: {} }, [yes(0)], "PENDING"],
  ["a role without sets", { thresholds: [one], roleThresholds: { a: [] } }, [yes(0)], "PENDING"],
  ["a threshold that is not there", { thresholds: [one] }, [yes(0, 7)], "PENDING"],
];

for (const [what, parts, reviews, expected] of table) {
  test(`resolution: ${what} is ${expected}`, () => {
    const named = reviews.map((review, index) => reviewBy(`r${index}`, review));
    const roles = parts.roleThresholds ?? { a: [[0]] };
    const request = requestWith({ ...parts, roleThresholds: roles, reviews: named });
    assert.equal(resolveReviews(request)?.state ?? "PENDING", expected);
  });
}
