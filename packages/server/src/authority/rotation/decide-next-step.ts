import type { Rotation, RotationPhase } from "./rotation.ts";

/** The step that an automatic rotation takes by itself, and when. */
interface NextStep {
  readonly phase: RotationPhase;
  readonly at: number;
}

/** After a time without the service the steps follow one another, but never closer than this. */
const CLOSEST_MS = 60_000;

/**
 * What an automatic rotation does next; undefined where it waits for people. `enteredAt` is when the phase was first
 * seen: whatever the schedule says, clients get a while in each phase to see it, at most as long as was planned.
 */
export function nextStep(rotation: Rotation, enteredAt: number): NextStep | undefined {
  const { phase, mode, schedule, startedAt } = rotation;
  if (mode !== "auto" || schedule === undefined) return undefined;
  const began = startedAt ?? 0;
  const { updateClientsAt = began, updateServersAt = began, standbyAt = began } = schedule;
  const step = (next: RotationPhase, from: number, at: number): NextStep => ({
    phase: next,
    at: Math.max(at, enteredAt + Math.max(0, Math.min(CLOSEST_MS, at - from))),
  });
  switch (phase) {
    case "init":
      return step("update_clients", began, updateClientsAt);
    case "update_clients":
      return step("update_servers", updateClientsAt, updateServersAt);
    case "update_servers":
      return step("standby", updateServersAt, standbyAt);
    default:
      return undefined;
  }
}
