import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { CallTurn } from "./call-turn.ts";

test("what comes in one turn starts together, in order, and takes its steps by turns", async () => {
  const turn = new CallTurn();
  const steps: string[] = [];
  const call = (name: string) => ({
    async start() {
      steps.push(`${name}1`);
      await undefined;
      steps.push(`${name}2`);
    },
  });
  turn.add({ start: () => void call("a").start() });
  turn.add({ start: () => void call("b").start() });
  assert.deepEqual(steps, []);
  await setImmediate();
  assert.deepEqual(steps, ["a1", "b1", "a2", "b2"]);
});

test("what comes while a turn starts waits for the next one", async () => {
  const turn = new CallTurn();
  const started: number[] = [];
  turn.add({
    start() {
      started.push(1);
      turn.add({ start: () => started.push(2) });
    },
  });
  await setImmediate();
  assert.deepEqual(started, [1]);
  await setImmediate();
  assert.deepEqual(started, [1, 2]);
});
