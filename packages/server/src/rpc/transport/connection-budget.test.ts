import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConnectionBudget, type ConnectionPlace } from "./connection-budget.ts";

const limits = { maxConnections: 6, maxUnverifiedConnections: 4, maxUnverifiedConnectionsPerIp: 2 };
const placeOf = (budget: ConnectionBudget, ip: string | undefined): ConnectionPlace => {
  const admission = budget.admit(ip);
  assert.ok(admission.ok);
  return admission.place;
};

test("threat 9: one address cannot use up the budget of the unverified, nor they that of the verified", () => {
  const budget = new ConnectionBudget(limits);
  const first = placeOf(budget, "a");
  placeOf(budget, "a");
  assert.equal(budget.admit("a").ok, false);
  placeOf(budget, "b");
  placeOf(budget, "c");
  assert.equal(budget.admit("d").ok, false);
  first.verified();
  placeOf(budget, "a").verified();
  assert.equal(budget.open, 5);
  assert.equal(budget.unverified, 3);
});

test("threat 9: one host with a network of IPv6 has no more than one with an address", () => {
  const budget = new ConnectionBudget(limits);
  placeOf(budget, "2001:db8:1:2::1");
  placeOf(budget, "2001:db8:1:2:ffff::2").release();
  placeOf(budget, "2001:db8:1:2::3");
  assert.equal(budget.admit("2001:db8:1:2::4").ok, false);
  placeOf(budget, "2001:db8:1:3::1");
});

test("a load balancer's own address has no budget of its own", () => {
  const budget = new ConnectionBudget(limits);
  for (let index = 0; index < 4; index += 1) placeOf(budget, undefined);
  assert.equal(budget.admit(undefined).ok, false);
});

test("whatever happens in whatever order, the counts come back to nothing", () => {
  const events = fc.array(fc.tuple(fc.constantFrom("a", "b", undefined), fc.nat(3)), { maxLength: 60 });
  fc.assert(
    fc.property(events, (list) => {
      const budget = new ConnectionBudget(limits);
      const places: ConnectionPlace[] = [];
      for (const [ip, event] of list) {
        const admission = event < 2 ? budget.admit(ip) : undefined;
        if (admission?.ok) places.push(admission.place);
        if (event === 2) places.at(0)?.verified();
        if (event === 3) places.at(-1)?.release();
        assert.ok(
          budget.open <= limits.maxConnections && budget.unverified <= limits.maxUnverifiedConnections,
        );
      }
      for (const place of places) place.release();
      assert.deepEqual([budget.open, budget.unverified], [0, 0]);
    }),
  );
});
