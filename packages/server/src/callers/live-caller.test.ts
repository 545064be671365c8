import assert from "node:assert/strict";
import { test } from "node:test";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import type { Caller, Connection } from "../rpc/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { type CallerEpoch, createStreamWatch } from "./index.ts";

test("threat 18: a live stream is handed its caller anew when rights may have changed", async () => {
  const clock = new StoppedClock();
  let changed = () => {};
  const epoch: CallerEpoch = {
    now: () => 0,
    onChange: (listener) => {
      changed = listener;
      return () => {};
    },
    close: () => {},
  };
  let current = callerWho("user", "ann", ["role:read"]);
  const watchCaller = createStreamWatch({
    authenticate: () => current,
    epoch,
    clock,
    onError: (error) => assert.fail(String(error)),
  });
  const connection = { peer: { notAfterAt: clock.now() + 60_000 } } as unknown as Connection;
  const seen: Caller[] = [];
  const stop = watchCaller(
    current,
    connection,
    (error) => assert.fail(error.message),
    (caller) => seen.push(caller),
  );
  current = callerWho("user", "ann", []);
  changed();
  clock.advance(50);
  await new Promise(setImmediate);
  assert.equal(seen.at(-1), current);
  stop();
});
