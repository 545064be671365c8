import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, silentLogger } from "../../kernel/logger.ts";
import { createRefusalCounter } from "./refusal-counter.ts";

test("threat 9: refusals of strangers are all counted, and only now and then told", () => {
  let now = 0;
  const told: unknown[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: LogFields) => void told.push(fields) };
  const counter = createRefusalCounter({ now: () => now, after: () => () => {} }, logger);
  for (let index = 0; index < 1_000; index += 1) counter.count("no certificate", { remoteIp: "192.0.2.1" });
  now = 10_000;
  counter.count("bad certificate");
  assert.deepEqual(told, [
    { because: "no certificate", remoteIp: "192.0.2.1", sinceLastTold: 1 },
    { because: "bad certificate", sinceLastTold: 1_000 },
  ]);
  assert.deepEqual(
    [...counter.totals()],
    [
      ["no certificate", 1_000],
      ["bad certificate", 1],
    ],
  );
});

test("threat 9: reasons that a stranger can vary do not fill the memory", () => {
  const counter = createRefusalCounter({ now: () => 0, after: () => () => {} }, silentLogger);
  for (let index = 0; index < 1_000; index += 1) counter.count(`reason ${index}`);
  assert.equal(counter.totals().size, 201);
  assert.equal(counter.totals().get("other"), 800);
});
