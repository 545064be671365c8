import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SessionPool } from "./session-pool.ts";

test("a session does one thing at a time, everybody gets one in turn, and a failure gives it back", async () => {
  const acts = fc.array(fc.record({ fails: fc.boolean() }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      acts,
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (wanted, size, scheduler) => {
        const pool = new SessionPool(Array.from({ length: size }, (_, index) => index));
        const busy = new Set<number>();
        const begun: number[] = [];
        const done = wanted.map(({ fails }, index) =>
          pool.use(async (session) => {
            assert.ok(!busy.has(session));
            busy.add(session);
            begun.push(index);
            await scheduler.schedule(Promise.resolve());
            busy.delete(session);
            if (fails) throw new Error("failed");
          }),
        );
        const settled = Promise.allSettled(done);
        await scheduler.waitFor(settled);
        assert.deepEqual(
          begun,
          wanted.map((_, index) => index),
        );
        assert.deepEqual(
          (await settled).map(({ status }) => status === "rejected"),
          wanted.map(({ fails }) => fails),
        );
      },
    ),
    { numRuns: 50 },
  );
});
