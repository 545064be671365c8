import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TokenBucket } from "./token-bucket.ts";

test("a bucket gives its burst at once, then its rate, and never more than its burst", () => {
  const bucket = new TokenBucket(3, 2, 0);
  const taken = (now: number) => {
    let count = 0;
    while (bucket.take(now)) count += 1;
    return count;
  };
  assert.deepEqual([taken(0), taken(499), taken(500), taken(1_500), taken(1_000_000)], [3, 0, 1, 2, 3]);
});

test("what is put back can be taken again, and is never more than the burst", () => {
  const bucket = new TokenBucket(2, 0, 0);
  bucket.putBack();
  assert.deepEqual([bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, false]);
  bucket.putBack();
  assert.deepEqual([bucket.take(0), bucket.take(0)], [true, false]);
});

test("over any time a bucket gives no more than its burst and its rate, also when the clock goes back", () => {
  const times = fc.array(fc.nat(10_000), { maxLength: 200 });
  fc.assert(
    fc.property(times, (list) => {
      const bucket = new TokenBucket(5, 10, 0);
      let forward = 0;
      let last = 0;
      const given = list.filter((now) => {
        forward += Math.max(0, now - last);
        last = now;
        return bucket.take(now);
      });
      assert.ok(given.length <= 5 + (forward / 1_000) * 10 + 1e-6);
    }),
  );
});
