import assert from "node:assert/strict";
import { test } from "node:test";
import { newRole, type Role } from "../../roles/index.ts";
import { askingRole, DAY, HOUR, NOW, requesterWith, wishFor } from "../testing/examples.ts";
import { computeTimes, type RequestTimes } from "./compute-times.ts";
import { readRequestPolicies } from "./request-policy.ts";
import type { AccessRequestWish } from "./wish.ts";

interface Case {
  readonly wish?: Partial<AccessRequestWish>;
  readonly roles?: readonly Role[];
  readonly asking?: readonly Role[];
  readonly identityMs?: number;
}

function timesOf({ wish = {}, roles = [newRole("a")], asking, identityMs = 40 * HOUR }: Case) {
  const holds = asking ?? [askingRole("asking", { allow: { roles: ["*"] } })];
  const requester = { ...requesterWith(holds), identityExpiresAt: NOW + identityMs };
  const policies = readRequestPolicies(requester);
  return computeTimes({ wish: wishFor(wish), requester, policies, roles, now: NOW });
}

function upTo(ms: number): Role {
  return newRole("a", { options: { maxSessionTtlMs: ms } });
}

function durations(...perRole: readonly (readonly [string, number])[]): readonly Role[] {
  return perRole.map(([name, maxDurationMs]) =>
    askingRole(`asks-${name}-${maxDurationMs}`, { allow: { roles: [name], maxDurationMs } }),
  );
}

const ab = [newRole("a"), newRole("b")];

/** Hours of: access, session, pending. */
const table: readonly (readonly [string, Case, readonly [number, number, number] | RegExp])[] = [
  ["30 hours without any limit", {}, [30, 30, 30]],
  ["the identity of the requester", { identityMs: 2 * HOUR }, [2, 2, 2]],
  ["an identity that has expired says nothing", { identityMs: -HOUR }, [30, 30, 30]],
  ["the shortest role", { roles: [upTo(5 * HOUR), upTo(3 * HOUR)] }, [3, 3, 3]],
  ["a role without a limit", { roles: [upTo(0)] }, [30, 30, 30]],
  ["a wish for less", { wish: { accessExpiresAt: NOW + HOUR } }, [1, 1, 1]],
  ["a wish in the past says nothing", { wish: { accessExpiresAt: NOW - HOUR } }, [30, 30, 30]],
  ["a wish for more", { wish: { accessExpiresAt: NOW + 31 * HOUR } }, /at the latest/],
  ["a duration of the roles", { asking: durations(["a", 4 * DAY]) }, [96, 30, 96]],
  ["the pending time is a week at most", { asking: durations(["a", 14 * DAY]) }, [336, 30, 168]],
  ["a duration shorter than the session", { asking: durations(["a", 2 * HOUR]) }, [2, 2, 2]],
  ["the longest of one role", { asking: durations(["a", DAY], ["a", 2 * DAY]) }, [48, 30, 48]],
  [
    "the shortest of two roles",
    { roles: ab, asking: durations(["a", 3 * DAY], ["b", 2 * DAY]) },
    [48, 30, 48],
  ],
  ["a role without one, first", { roles: ab, asking: durations(["a", 0], ["b", 2 * DAY]) }, [48, 30, 48]],
  ["a role without one, last", { roles: ab, asking: durations(["a", 2 * DAY], ["b", 0]) }, [30, 30, 30]],
  [
    "a smaller duration is asked for",
    { wish: { maxDurationAt: NOW + DAY }, asking: durations(["a", 4 * DAY]) },
    [24, 24, 24],
  ],
  [
    "a larger one is asked for",
    { wish: { maxDurationAt: NOW + 9 * DAY }, asking: durations(["a", 4 * DAY]) },
    [96, 30, 96],
  ],
  ["one is asked for and no role has any", { wish: { maxDurationAt: NOW + 5 * HOUR } }, [5, 5, 5]],
  ["more than the session and no role has any", { wish: { maxDurationAt: NOW + 3 * DAY } }, [30, 30, 30]],
  ["a duration before the request", { wish: { maxDurationAt: NOW - 1 } }, /before the request/],
  ["a duration of more than 14 days", { wish: { maxDurationAt: NOW + 14 * DAY + 1 } }, /14 days/],
  [
    "a dry run shows the longest",
    { wish: { dryRun: true, maxDurationAt: NOW + HOUR }, asking: durations(["a", 4 * DAY]) },
    [96, 30, 96],
  ],
  ["an earlier expiry of the request", { wish: { expiresAt: NOW + HOUR } }, [30, 30, 1]],
  ["an expiry in the past", { wish: { expiresAt: NOW } }, /past/],
  ["an expiry after the access", { wish: { expiresAt: NOW + 31 * HOUR } }, /at the latest/],
  [
    "an expiry after a week",
    { wish: { expiresAt: NOW + 8 * DAY }, asking: durations(["a", 14 * DAY]) },
    /at the latest/,
  ],
];

for (const [what, given, expected] of table) {
  test(`times of a request: ${what}`, () => {
    const times = timesOf(given);
    if (expected instanceof RegExp) {
      assert.ok("allow" in times, JSON.stringify(times));
      assert.equal(times.reason, "BAD_PARAMETER");
      assert.match(times.because, expected);
      return;
    }
    assert.deepEqual(hours(times), expected);
  });
}

function hours(times: ReturnType<typeof timesOf>): readonly number[] {
  assert.ok(!("allow" in times), JSON.stringify(times));
  assert.equal(times.maxDurationAt, times.accessExpiresAt);
  const { accessExpiresAt, sessionTtlAt, expiresAt }: RequestTimes = times;
  return [accessExpiresAt, sessionTtlAt ?? 0, expiresAt].map((at) => (at - NOW) / HOUR);
}

const starts: readonly (readonly [string, number, boolean])[] = [
  ["with the request", NOW, true],
  ["before the request", NOW - 1, false],
  ["just before the end of the access", NOW + 4 * HOUR - 1, true],
  ["at the end of the access", NOW + 4 * HOUR, false],
];

for (const [what, assumeStartAt, isFine] of starts) {
  test(`an access that starts ${what} is ${isFine ? "taken" : "refused"}`, () => {
    const times = timesOf({ wish: { assumeStartAt }, asking: durations(["a", 4 * HOUR]) });
    assert.equal(!("allow" in times), isFine);
  });
}

test("a long access starts within 7 days", () => {
  const asking = durations(["a", 14 * DAY]);
  assert.ok(!("allow" in timesOf({ wish: { assumeStartAt: NOW + 7 * DAY }, asking })));
  assert.ok("allow" in timesOf({ wish: { assumeStartAt: NOW + 7 * DAY + 1 }, asking }));
});

test("where all roles count from the approval, the latest possible end is written down", () => {
  const counting = { accessDurationFromApproval: true, maxSessionTtlMs: 2 * HOUR };
  const one = newRole("a", { options: counting });
  const other = newRole("b", { options: { ...counting, accessDurationFromApproval: false } });
  const times = timesOf({ roles: [one] });
  assert.ok(!("allow" in times));
  assert.equal(times.accessDurationMs, 2 * HOUR);
  assert.equal(times.expiresAt, NOW + 7 * DAY);
  assert.equal(times.accessExpiresAt, NOW + 7 * DAY + 2 * HOUR);
  const mixed = timesOf({ roles: [one, other] });
  assert.ok(!("allow" in mixed));
  assert.equal(mixed.accessDurationMs, undefined);
  assert.equal(mixed.accessExpiresAt, NOW + 2 * HOUR);
});
