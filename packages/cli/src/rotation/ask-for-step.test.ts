import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertAuthorityV2 } from "@sallyport/api";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { askForStep } from "./ask-for-step.ts";
import { describeRotation, phasesAfter, rotationPhases } from "./rotation-state.ts";

const authority = (Type: string, Rotation?: object) =>
  ({ Spec: { Type, ...(Rotation === undefined ? {} : { Rotation }) } }) as unknown as CertAuthorityV2;

const authorities = [authority("host"), authority("user", { Phase: "update_clients", Mode: "auto" })];

async function ask(...answers: string[]) {
  const terminal = recordingTerminal({ answers });
  return { step: askForStep(terminal, authorities, 1000), terminal };
}

test("a person is shown where each authority stands and asked for the next step", async () => {
  const { step, terminal } = await ask("user", "rollback", "y");
  assert.deepEqual(await step, { type: "user", phase: "rollback", mode: "manual", gracePeriodMs: 1000 });
  const shown = terminal.printed();
  assert.match(shown, /host +standby \(never rotated\)/);
  assert.match(shown, /user +in progress \(mode: automatic, phase: update_clients/);
  assert.match(shown, /Which phase\? update_servers, rollback:/);
  assert.match(shown, /lead user from update_clients to rollback\? \[y\/N\]/);
});

test("a rotation begins by hand or by itself", async () => {
  assert.deepEqual(await (await ask("host", "manual", "yes")).step, {
    type: "host",
    phase: "init",
    mode: "manual",
    gracePeriodMs: 1000,
  });
  assert.equal((await (await ask("host", "auto", "y")).step).mode, "auto");
});

test("anything but a clear answer rotates nothing", async () => {
  for (const answers of [[""], ["host", ""], ["host", "manual", ""], ["host", "manual", "maybe"]]) {
    await assert.rejects((await ask(...answers)).step, { reason: "CANCELLED" }, answers.join());
  }
  await assert.rejects((await ask("hosts")).step, { reason: "BAD_PARAMETER" });
  await assert.rejects((await ask("user", "init")).step, { reason: "BAD_PARAMETER" });
});

test("every phase has a way on, and states have their words", () => {
  for (const phase of rotationPhases)
    assert.ok(phasesAfter(phase).every((one) => rotationPhases.includes(one)));
  assert.deepEqual(phasesAfter("unheard of"), []);
  const at = { seconds: 1_769_860_800n, nanos: 0 };
  const cases = [
    [{}, "standby (never rotated)"],
    [{ Phase: "standby", LastRotated: at }, "standby (last rotated: 2026-01-31T12:00:00Z)"],
    [{ Phase: "init", Mode: "manual" }, "in progress (mode: manual, phase: init)"],
    [
      { Phase: "init", Mode: "auto", Started: at, Schedule: { Standby: at } },
      "in progress (mode: automatic, phase: init, started: 2026-01-31T12:00:00Z, ending: 2026-01-31T12:00:00Z)",
    ],
  ] as const;
  for (const [rotation, words] of cases) assert.equal(describeRotation(authority("host", rotation)), words);
});
