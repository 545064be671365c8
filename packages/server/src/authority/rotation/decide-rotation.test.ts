import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_GRACE_MS, decideRotation, type RotationWish } from "./decide-rotation.ts";
import {
  moveKeys,
  neverRotated,
  type RotatedKeys,
  type Rotation,
  type RotationPhase,
  rotationPhases,
  serverKeysIn,
} from "./rotation.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const facts = { now: NOW, newId: "id-1" };
const wish = (targetPhase: string, parts: Partial<RotationWish> = {}): RotationWish => ({
  targetPhase,
  mode: "",
  gracePeriodMs: undefined,
  schedule: undefined,
  ...parts,
});
const inPhase = (phase: RotationPhase): Rotation => ({
  ...neverRotated,
  phase,
  mode: "manual",
  id: "before",
  startedAt: NOW - HOUR,
  gracePeriodMs: HOUR,
});

const ways: Readonly<Record<RotationPhase, Partial<Record<RotationPhase, string>>>> = {
  standby: { init: "add" },
  init: { update_clients: "swap", rollback: "none" },
  update_clients: { update_servers: "none", rollback: "swap" },
  update_servers: { standby: "drop", rollback: "swap" },
  rollback: { standby: "drop" },
};
for (const from of rotationPhases) {
  for (const to of rotationPhases) {
    const move = ways[from][to];
    test(`from ${from} to ${to}: ${move ?? "refused"}`, () => {
      const verdict = decideRotation(inPhase(from), wish(to), facts);
      assert.equal(verdict.allow ? verdict.move : undefined, move);
      if (verdict.allow) assert.equal(verdict.rotation.phase, to);
      else assert.match(verdict.because, to === "init" ? /under way already/ : /leads to/);
    });
  }
}

test("without words it is the manual beginning of a rotation with 30 hours of grace", () => {
  const verdict = decideRotation(neverRotated, wish(""), facts);
  assert.deepEqual(verdict, {
    allow: true,
    move: "add",
    rotation: {
      phase: "init",
      mode: "manual",
      id: "id-1",
      startedAt: NOW,
      gracePeriodMs: DEFAULT_GRACE_MS,
      lastRotatedAt: undefined,
      schedule: {
        updateClientsAt: NOW + 10 * HOUR,
        updateServersAt: NOW + 20 * HOUR,
        standbyAt: NOW + 30 * HOUR,
      },
    },
  });
});

const at = (updateServersAt: number | undefined, standbyAt: number | undefined) => ({
  updateClientsAt: undefined,
  updateServersAt,
  standbyAt,
});
const refused: readonly [string, RotationWish, RegExp][] = [
  ["a phase that there is not", wish("updating"), /no phase "updating"/],
  ["a mode that there is not", wish("init", { mode: "automatic" }), /manual or auto/],
  ["no grace", wish("init", { gracePeriodMs: 0 }), /grace period/],
  ["negative grace", wish("init", { gracePeriodMs: -1 }), /grace period/],
  ["grace that is no number", wish("init", { gracePeriodMs: Number.NaN }), /grace period/],
  ["grace beyond any authority", wish("init", { gracePeriodMs: 20 * 365 * 24 * HOUR }), /10 years/],
  ["no grace in a later phase", wish("update_clients", { gracePeriodMs: 0 }), /grace period/],
  ["a schedule without an end", wish("init", { schedule: at(NOW, undefined) }), /says when/],
  ["a schedule without servers", wish("init", { schedule: at(undefined, NOW) }), /says when/],
  ["a schedule the wrong way round", wish("init", { schedule: at(NOW + 2, NOW + 1) }), /before it updates/],
  ["a schedule of the past", wish("init", { schedule: at(NOW - 2, NOW - 1) }), /past/],
];
for (const [name, wanted, because] of refused) {
  test(`refused: ${name}`, () => {
    const verdict = decideRotation(
      wanted.targetPhase === "init" ? neverRotated : inPhase("init"),
      wanted,
      facts,
    );
    assert.match(verdict.allow ? "allowed" : verdict.because, because);
  });
}

test("no grace is no matter where a schedule is given", () => {
  const schedule = at(NOW + HOUR, NOW + HOUR);
  const verdict = decideRotation(neverRotated, wish("init", { gracePeriodMs: 0, schedule }), facts);
  assert.deepEqual(verdict.allow && verdict.rotation.schedule, schedule);
});

test("a rollback is for people, whatever the mode was", () => {
  const verdict = decideRotation(
    { ...inPhase("update_servers"), mode: "auto" },
    wish("rollback", { mode: "auto" }),
    facts,
  );
  assert.equal(verdict.allow && verdict.rotation.mode, "manual");
});

test("standing by leaves the id and the grace period, and forgets the rest", () => {
  const verdict = decideRotation(
    { ...inPhase("update_servers"), schedule: at(1, 2) },
    wish("standby"),
    facts,
  );
  assert.deepEqual(verdict.allow && verdict.rotation, {
    ...inPhase("standby"),
    mode: "",
    startedAt: undefined,
    schedule: undefined,
    lastRotatedAt: NOW,
  });
});

/** Somebody who renews once in every phase, and a server that shows what it should in each. */
interface World {
  readonly rotation: Rotation;
  readonly keys: RotatedKeys<string>;
  /** The key that the client's certificate is of, and those it trusts. */
  readonly held: string;
  readonly trusts: readonly string[];
  readonly before: string;
  readonly steps: string;
}

const trustedIn = ({ active, additional }: RotatedKeys<string>) => [...active, ...additional];
const signing = ({ keys }: World) => keys.active[0] ?? "none";
const shown = ({ keys, rotation }: World) => keys[serverKeysIn(rotation.phase)][0] ?? "none";

/** Every sequence of steps that is allowed, up to a length: each state is handed to `look` with the one before. */
function explore(depth: number, world: World, look: (before: World, after: World) => void): number {
  if (depth === 0) return 0;
  let count = 0;
  for (const phase of rotationPhases) {
    const verdict = decideRotation(world.rotation, wish(phase), { now: NOW, newId: `${world.steps}i` });
    if (!verdict.allow) continue;
    const steps = `${world.steps}>${phase}`;
    const keys = moveKeys(world.keys, verdict.move, [`key of ${steps}`]);
    const before = phase === "init" ? (world.keys.active[0] ?? "") : world.before;
    const after = { ...world, rotation: verdict.rotation, keys, before, steps };
    look(world, after);
    count += 1 + explore(depth - 1, { ...after, held: signing(after), trusts: trustedIn(keys) }, look);
  }
  return count;
}

const start: World = {
  rotation: neverRotated,
  keys: { active: ["first"], additional: [] },
  held: "first",
  trusts: ["first"],
  before: "first",
  steps: "",
};

test("whatever the steps, who renews in each phase is never refused, and never refuses the server", () => {
  const seen = explore(12, start, (before, after) => {
    const trusted = trustedIn(after.keys);
    assert.ok(trusted.includes(before.held), `${after.steps}: the certificate of the phase before`);
    assert.ok(trusted.includes(signing(after)), `${after.steps}: what is issued now`);
    assert.ok(
      before.trusts.includes(shown(after)),
      `${after.steps}: the server, to who trusts the phase before`,
    );
    assert.ok(trusted.includes(shown(before)), `${after.steps}: servers that have not heard yet`);
  });
  assert.ok(seen > 100);
});

test("whatever the steps, standing by means one key alone: the new one, or after a rollback the old one", () => {
  explore(12, start, (before, after) => {
    if (after.rotation.phase !== "standby") return;
    assert.equal(trustedIn(after.keys).length, 1, after.steps);
    const isBack = before.rotation.phase === "rollback";
    assert.equal(signing(after) === before.before, isBack, after.steps);
  });
});

test("keys are lost only by standing by, and signed with only after they were trusted", () => {
  explore(12, start, (before, after) => {
    const [had, has] = [trustedIn(before.keys), trustedIn(after.keys)];
    if (after.rotation.phase !== "standby")
      assert.ok(
        had.every((key) => has.includes(key)),
        after.steps,
      );
    assert.ok(had.includes(signing(after)), after.steps);
  });
});
