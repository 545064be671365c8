import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest } from "../access-request.ts";
import { askingRole, HOUR, NOW, requesterWith, requestWith } from "../testing/examples.ts";
import { decideUse } from "./decide-use.ts";

const asks = askingRole("asks", { allow: { roles: ["dev"] } });
const alice = requesterWith([asks]);

const table: readonly (readonly [string, Partial<AccessRequest>, string | "yes"])[] = [
  ["approved", { state: "APPROVED" }, "yes"],
  ["pending", { state: "PENDING" }, "ACCESS_DENIED"],
  ["denied", { state: "DENIED" }, "ACCESS_DENIED"],
  ["promoted", { state: "PROMOTED" }, "ACCESS_DENIED"],
  ["of another user", { state: "APPROVED", user: "bob" }, "NOT_FOUND"],
  ["of a user in another case", { state: "APPROVED", user: "Alice" }, "NOT_FOUND"],
  ["expired", { state: "APPROVED", accessExpiresAt: NOW }, "BAD_PARAMETER"],
  ["not begun", { state: "APPROVED", assumeStartAt: NOW + 1 }, "BAD_PARAMETER"],
  ["begun", { state: "APPROVED", assumeStartAt: NOW }, "yes"],
  ["for a role that may not be requested any more", { state: "APPROVED", roles: ["ops"] }, "BAD_PARAMETER"],
];

for (const [what, parts, expected] of table) {
  test(`an access request that is ${what} is used: ${expected}`, () => {
    const verdict = decideUse(requestWith(parts), alice, NOW);
    assert.equal(verdict.allow ? "yes" : verdict.reason, expected);
  });
}

test("a request that is not there", () => {
  assert.ok(!decideUse(undefined, alice, NOW).allow);
});

test("threat 16: grants are looked at again when they are used", () => {
  const request = requestWith({ state: "APPROVED" });
  const nowForbidden = requesterWith([asks, askingRole("no", { deny: { roles: ["dev"] } })]);
  assert.ok(!decideUse(request, requesterWith([]), NOW).allow);
  assert.ok(!decideUse(request, nowForbidden, NOW).allow);
  const nowStrict = requesterWith([
    askingRole("strict", { allow: { roles: ["dev"], reasonMode: "required" } }),
  ]);
  assert.ok(!decideUse(request, nowStrict, NOW).allow);
  assert.ok(decideUse({ ...request, requestReason: "why" }, nowStrict, NOW).allow);
});

test("threat 17: what is lent ends with the request", () => {
  const lent = decideUse(requestWith({ state: "APPROVED" }), alice, NOW);
  assert.ok(lent.allow);
  assert.equal(lent.accessExpiresAt, NOW + 8 * HOUR);
  assert.deepEqual(lent.roles, ["dev"]);
});
