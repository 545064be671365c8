import {
  type KeyMove,
  type Rotation,
  type RotationMode,
  type RotationPhase,
  type RotationSchedule,
  rotationModes,
  rotationPhases,
} from "./rotation.ts";

/** What somebody wants of an authority; "" and undefined stand for the defaults. */
export interface RotationWish {
  readonly targetPhase: string;
  readonly mode: string;
  readonly gracePeriodMs: number | undefined;
  readonly schedule: RotationSchedule | undefined;
}

interface RotationFacts {
  readonly now: number;
  /** Random; the id of a rotation that begins. */
  readonly newId: string;
}

type RotationVerdict =
  | { readonly allow: true; readonly rotation: Rotation; readonly move: KeyMove }
  | { readonly allow: false; readonly because: string };

export const DEFAULT_GRACE_MS = 30 * 60 * 60 * 1000;
/** An authority lives no longer than that. */
const LONGEST_GRACE_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/** Which phase may be left for which. */
const ways: Readonly<Record<RotationPhase, readonly RotationPhase[]>> = {
  standby: ["init"],
  init: ["update_clients", "rollback"],
  update_clients: ["update_servers", "rollback"],
  update_servers: ["standby", "rollback"],
  rollback: ["standby"],
};

const refuse = (because: string) => ({ allow: false, because }) as const;

/** The next step of a rotation: where the authority stands after it, and what happens to its keys. */
export function decideRotation(
  current: Rotation,
  wish: RotationWish,
  { now, newId }: RotationFacts,
): RotationVerdict {
  const phase = wish.targetPhase === "" ? "init" : wish.targetPhase;
  const mode = wish.mode === "" ? "manual" : wish.mode;
  if (!isPhase(phase)) {
    return refuse(
      `there is no phase ${JSON.stringify(wish.targetPhase)}; the phases are ${rotationPhases.join(", ")}`,
    );
  }
  if (!isMode(mode)) return refuse(`the mode is manual or auto, not ${JSON.stringify(wish.mode)}`);
  const planned = decideSchedule(wish, now);
  if (!planned.ok) return refuse(planned.because);
  if (!ways[current.phase].includes(phase)) return refuse(noWay(current.phase, phase));
  const { gracePeriodMs, schedule } = planned;
  if (phase === "init") {
    const begun = { phase, mode, id: newId, startedAt: now, gracePeriodMs, schedule };
    return { allow: true, rotation: { ...current, ...begun }, move: "add" };
  }
  return { allow: true, ...step(current, phase, mode, now) };
}

function step(current: Rotation, phase: Exclude<RotationPhase, "init">, mode: RotationMode, now: number) {
  const to = (rotation: Partial<Rotation>, move: KeyMove) => ({
    rotation: { ...current, phase, ...rotation },
    move,
  });
  switch (phase) {
    case "update_clients":
      return to({ mode }, "swap");
    case "update_servers":
      return to({ mode }, "none");
    case "rollback":
      // From `init` on nothing was signed by the new keys, so the old ones are where they were.
      return to({ mode: "manual" }, current.phase === "init" ? "none" : "swap");
    case "standby":
      return to({ mode: "", startedAt: undefined, schedule: undefined, lastRotatedAt: now }, "drop");
  }
}

type Plan =
  | { readonly ok: true; readonly gracePeriodMs: number; readonly schedule: RotationSchedule }
  | { readonly ok: false; readonly because: string };

function decideSchedule({ gracePeriodMs = DEFAULT_GRACE_MS, schedule }: RotationWish, now: number): Plan {
  if (schedule !== undefined) return checkSchedule(schedule, gracePeriodMs, now);
  if (!(gracePeriodMs > 0)) return { ok: false, because: "the grace period must be longer than nothing" };
  if (gracePeriodMs > LONGEST_GRACE_MS) return { ok: false, because: "the grace period is at most 10 years" };
  const third = gracePeriodMs / 3;
  return {
    ok: true,
    gracePeriodMs,
    schedule: {
      updateClientsAt: Math.floor(now + third),
      updateServersAt: Math.floor(now + 2 * third),
      standbyAt: now + gracePeriodMs,
    },
  };
}

function checkSchedule(schedule: RotationSchedule, gracePeriodMs: number, now: number): Plan {
  const { updateServersAt, standbyAt } = schedule;
  if (updateServersAt === undefined || standbyAt === undefined) {
    return { ok: false, because: "the schedule says when to update servers and when to stand by" };
  }
  if (standbyAt < updateServersAt) {
    return { ok: false, because: "the schedule stands by before it updates servers" };
  }
  if (updateServersAt < now) return { ok: false, because: "the schedule lies in the past" };
  return { ok: true, gracePeriodMs, schedule };
}

function noWay(from: RotationPhase, to: RotationPhase): string {
  if (to === "init")
    return `a rotation is under way already; from phase ${from} it leads to ${ways[from].join(" or ")}`;
  return `from phase ${from} the way leads to ${ways[from].join(" or ")}, not to ${to}`;
}

const isPhase = (text: string): text is RotationPhase => (rotationPhases as readonly string[]).includes(text);
const isMode = (text: string): text is RotationMode => (rotationModes as readonly string[]).includes(text);
