import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNotPrivate } from "./private-file.ts";

const OWN = 1000;
const file = 0o100000;

const table = [
  [{ uid: OWN, mode: file | 0o600 }, undefined],
  [{ uid: OWN, mode: file | 0o400 }, undefined],
  [{ uid: 0, mode: file | 0o600 }, undefined],
  [{ uid: OWN, mode: file | 0o640 }, /can be read by others \(mode 640\): chmod 600 \/etc\/pin$/],
  [{ uid: 0, mode: file | 0o604 }, /can be read by others \(mode 604\)/],
  [
    { uid: 1001, mode: file | 0o600 },
    /another user \(uid 1001, and this is uid 1000\): chown 1000 \/etc\/pin$/,
  ],
  [{ uid: 65_534, mode: file | 0o644 }, /another user \(uid 65534/],
] as const;

for (const [stats, says] of table) {
  const name = `uid ${stats.uid}, mode ${(stats.mode & 0o777).toString(8)}`;
  test(`threat 23: a secret of ${name} is ${says === undefined ? "private" : "refused"}`, () => {
    const why = whyNotPrivate("/etc/pin", stats, OWN);
    if (says === undefined) assert.equal(why, undefined);
    else assert.match(why ?? "", says);
  });
}

test("for root, what another user owns is not private", () => {
  assert.match(whyNotPrivate("/etc/pin", { uid: OWN, mode: 0o600 }, 0) ?? "", /chown 0/);
});
