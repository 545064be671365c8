import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { type Clock, systemClock } from "./clock.ts";
import { createLifecycle } from "./lifecycle.ts";
import { silentLogger } from "./logger.ts";
import { onWarning, stopOnSignal } from "./signals.ts";

function newLifecycle(clock: Clock = systemClock) {
  const heard: string[] = [];
  const logger = {
    ...silentLogger,
    error: (message: string, fields?: object) => heard.push(`${message} ${JSON.stringify(fields)}`),
  };
  const lifecycle = createLifecycle({ logger, clock, partTimeoutMs: 1000 });
  const order: string[] = [];
  const part = (name: string) =>
    lifecycle.start(
      name,
      () => order.push(`+${name}`),
      () => void order.push(`-${name}`),
    );
  return { lifecycle, order, part, heard };
}

/** A clock whose timers run when the test says so. */
function handClock() {
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    after: (_ms, run) => {
      timers.add(run);
      return () => timers.delete(run);
    },
  };
  const ring = () => {
    for (const run of [...timers]) run();
  };
  return { clock, ring, timers };
}

test("what was started is stopped in the reverse order, once", async () => {
  const { lifecycle, order, part } = newLifecycle();
  for (const name of ["storage", "audit", "listener"]) await part(name);
  assert.equal(lifecycle.stopping.aborted, false);
  await Promise.all([lifecycle.stop("test"), lifecycle.stop("again")]);
  assert.equal(lifecycle.stopping.aborted, true);
  assert.deepEqual(order, ["+storage", "+audit", "+listener", "-listener", "-audit", "-storage"]);
});

test("a part that cannot start takes down what came before it and says why", async () => {
  const { lifecycle, order, part } = newLifecycle();
  await part("storage");
  const failing = lifecycle.start(
    "listener",
    () => Promise.reject(new Error("port in use")),
    () => assert.fail(),
  );
  await assert.rejects(failing, /port in use/);
  assert.deepEqual(order, ["+storage", "-storage"]);
  await assert.rejects(part("late"), /late was not started/);
});

test("a stop that comes while a part starts also stops that part", async () => {
  const { lifecycle, order, part } = newLifecycle();
  await part("storage");
  const gate = Promise.withResolvers<void>();
  const starting = lifecycle.start(
    "slow",
    () => gate.promise,
    () => void order.push("-slow"),
  );
  const stopped = lifecycle.stop("test");
  gate.resolve();
  await assert.rejects(starting, /slow was stopped while it started/);
  await stopped;
  assert.ok(order.includes("-slow"));
});

test("a part that fails or hangs does not keep the others from stopping", async () => {
  const { clock, ring, timers } = handClock();
  const { lifecycle, order, part, heard } = newLifecycle(clock);
  await part("storage");
  await lifecycle.start(
    "hangs",
    () => 0,
    () => new Promise(() => {}),
  );
  await lifecycle.start(
    "fails",
    () => 0,
    () => assert.fail("no"),
  );
  const stopped = lifecycle.stop("test");
  // The failing part answers first; then the hanging one waits on the clock alone.
  while (!(heard.length === 1 && timers.size === 1)) await new Promise(setImmediate);
  ring();
  await stopped;
  assert.deepEqual(order, ["+storage", "-storage"]);
  assert.equal(heard.length, 2);
  assert.match(heard[0]!, /"part":"fails"/);
  assert.match(heard[1]!, /"part":"hangs"/);
});

test("the first signal stops, an echo of it is nothing, one a second later leaves at once", async () => {
  const { lifecycle, order, part } = newLifecycle();
  const gate = Promise.withResolvers<void>();
  await part("storage");
  await lifecycle.start(
    "streams",
    () => 0,
    () => gate.promise,
  );
  const exits: number[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  let now = 0;
  const clock = { ...systemClock, now: () => now };
  const stopped = stopOnSignal(lifecycle, { source, clock });
  source.emit("SIGTERM", "SIGTERM");
  assert.equal(lifecycle.stopping.aborted, true);
  assert.deepEqual(exits, []);
  now = 999;
  source.emit("SIGTERM", "SIGTERM");
  assert.deepEqual(exits, []);
  now = 1000;
  source.emit("SIGINT", "SIGINT");
  assert.deepEqual(exits, [130]);
  gate.resolve();
  assert.equal(await stopped, "SIGTERM");
  assert.deepEqual(order, ["+storage", "-storage"]);
  assert.equal(source.eventNames().length, 0);
});

test("warnings of the runtime go to the log and nowhere else", () => {
  const source = new EventEmitter();
  source.on("warning", () => assert.fail("the old listener is gone"));
  const lines: unknown[] = [];
  onWarning({ ...silentLogger, warn: (message, fields) => lines.push([message, fields]) }, source);
  source.emit("warning", Object.assign(new Error("old"), { name: "DeprecationWarning", code: "DEP1" }));
  assert.deepEqual(lines, [["old", { warning: "DeprecationWarning", code: "DEP1" }]]);
});
