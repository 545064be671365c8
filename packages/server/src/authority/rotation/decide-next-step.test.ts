import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep } from "./decide-next-step.ts";
import { neverRotated, type Rotation } from "./rotation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const auto = (phase: Rotation["phase"], parts: Partial<Rotation> = {}): Rotation => ({
  ...neverRotated,
  phase,
  mode: "auto",
  startedAt: 0,
  schedule: { updateClientsAt: 10 * HOUR, updateServersAt: 20 * HOUR, standbyAt: 30 * HOUR },
  ...parts,
});

const cases: readonly [string, Rotation, number, ReturnType<typeof nextStep>][] = [
  ["init", auto("init"), 0, { phase: "update_clients", at: 10 * HOUR }],
  ["update_clients", auto("update_clients"), 10 * HOUR, { phase: "update_servers", at: 20 * HOUR }],
  ["update_servers", auto("update_servers"), 20 * HOUR, { phase: "standby", at: 30 * HOUR }],
  ["standing by", auto("standby", { mode: "" }), 0, undefined],
  ["a rollback", auto("rollback"), 0, undefined],
  ["a manual one", auto("init", { mode: "manual" }), 0, undefined],
  ["one without a schedule", auto("init", { schedule: undefined }), 0, undefined],
  [
    "late, it leaves a minute for each phase",
    auto("update_clients"),
    99 * HOUR,
    { phase: "update_servers", at: 99 * HOUR + MINUTE },
  ],
  [
    "but never more than was planned",
    auto("update_clients", {
      schedule: { updateClientsAt: 1000, updateServersAt: 3000, standbyAt: 5000 },
    }),
    9000,
    { phase: "update_servers", at: 11_000 },
  ],
  [
    "a schedule that leaves out clients",
    auto("init", { schedule: { updateClientsAt: undefined, updateServersAt: HOUR, standbyAt: HOUR } }),
    0,
    { phase: "update_clients", at: 0 },
  ],
  [
    "a schedule the wrong way round, no sooner than the phase was seen",
    auto("update_clients", {
      schedule: { updateClientsAt: 20 * HOUR, updateServersAt: 10 * HOUR, standbyAt: 30 * HOUR },
    }),
    25 * HOUR,
    { phase: "update_servers", at: 25 * HOUR },
  ],
];
for (const [name, rotation, enteredAt, expected] of cases) {
  test(`the next step by itself: ${name}`, () => assert.deepEqual(nextStep(rotation, enteredAt), expected));
}
