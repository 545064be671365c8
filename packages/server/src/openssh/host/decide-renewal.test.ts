import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRenewal, type RenewableCertificate } from "./decide-renewal.ts";

const DAY = 86_400_000;
const ninetyDays: RenewableCertificate = { validAfterAt: 0, validBeforeAt: 90 * DAY, isOfActiveKey: true };
const endless: RenewableCertificate = { validAfterAt: 0, validBeforeAt: "forever", isOfActiveKey: true };

const cases: readonly [string, readonly RenewableCertificate[], number, boolean, boolean][] = [
  ["a fresh one", [ninetyDays], DAY, true, false],
  ["more than a third left", [ninetyDays], 60 * DAY - 1, true, false],
  ["a third left", [ninetyDays], 60 * DAY, true, true],
  ["one that has ended", [ninetyDays], 91 * DAY, true, true],
  ["one of several near its end", [endless, ninetyDays], 80 * DAY, true, true],
  ["one without an end", [endless], 1000 * DAY, true, false],
  ["one of a key that signs no more", [{ ...endless, isOfActiveKey: false }], 0, true, true],
  ["user authorities that were rotated", [ninetyDays], 0, false, true],
];
for (const [name, certificates, now, trustsTheSame, isDue] of cases) {
  test(`${name} is ${isDue ? "" : "not "}renewed`, () => {
    assert.equal(decideRenewal({ certificates, trustsTheSame, now }).isDue, isDue);
  });
}

test("what is not due says when it will be", () => {
  const facts = { certificates: [endless, ninetyDays], trustsTheSame: true, now: 0 };
  assert.equal(decideRenewal(facts).because, "nothing to renew before 1970-03-02T00:00:00.000Z");
});
