import assert from "node:assert/strict";
import {
  type Change,
  type Condition,
  type Item,
  type Key,
  key,
  type Revision,
} from "@sallyport/server/storage";
import fc from "fast-check";
import { ManualClock } from "../manual-clock.ts";
import { contractTest, everything, type NewPlace, record, text, words } from "./subject.ts";

/** The contract once more, as slowly and plainly as can be. */
class Model {
  readonly items = new Map<Key, Item>();
  readonly seen: string[] = [];

  live(path: Key, now: number): Item | undefined {
    const item = this.items.get(path);
    return item === undefined || (item.expiresAt ?? Number.POSITIVE_INFINITY) <= now ? undefined : item;
  }

  commit(changes: readonly Change[], now: number): number | undefined {
    const refused = changes.findIndex(({ key: path, condition }) => {
      const found = this.live(path, now);
      if (condition.is === "at") return found?.revision !== condition.revision;
      if (condition.is === "any") return false;
      return (condition.is === "present") !== (found !== undefined);
    });
    if (refused >= 0) return refused;
    for (const change of changes) this.#apply(change);
    return undefined;
  }

  #apply(change: Change): void {
    if (change.op === "check") return;
    const previous = this.items.get(change.key);
    if (change.op === "delete" && previous === undefined) return;
    const item = change.op === "put" ? change : undefined;
    if (item === undefined) this.items.delete(change.key);
    else this.items.set(change.key, item);
    if (change.key.startsWith("/audit/")) return;
    this.seen.push(words({ sequence: 0, op: item ? "put" : "delete", key: change.key, item, previous }));
  }
}

const keys = ["a", "b", "c"].map((name) => key("room", name)).concat(key("audit", "a"));
const revisions = ["r1", "r2", "r3"] as Revision[];

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom<Condition>({ is: "any" }, { is: "any" }, { is: "absent" }, { is: "present" }),
  fc.constantFrom(...revisions).map((revision): Condition => ({ is: "at", revision })),
);

interface Drawn {
  readonly op: "put" | "delete" | "check";
  readonly key: Key;
  readonly condition: Condition;
  readonly revision: Revision;
  readonly value: Uint8Array;
  readonly livesMs: number | undefined;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  op: fc.constantFrom("put", "put", "delete", "check"),
  key: fc.constantFrom(...keys),
  condition,
  revision: fc.constantFrom(...revisions),
  value: fc.constantFrom("x", "y", "").map((value) => new TextEncoder().encode(value)),
  livesMs: fc.constantFrom(undefined, undefined, 1, 300),
});

const step = fc.record({
  /** Below the rhythm of sweepers, so that the model needs none. */
  advanceMs: fc.constantFrom(0, 0, 1, 10),
  commits: fc.array(fc.uniqueArray(drawn, { minLength: 1, maxLength: 4, selector: (change) => change.key }), {
    maxLength: 4,
  }),
});

function asChange({ op, key: path, condition: when, revision, value, livesMs }: Drawn, now: number): Change {
  if (op !== "put") return { op, key: path, condition: when };
  const expiresAt = livesMs === undefined ? undefined : now + livesMs;
  return { op, key: path, condition: when, revision, value, expiresAt };
}

export function modelTests(newPlace: NewPlace): void {
  contractTest("any run of commits does what the plain model does", newPlace, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const place = await newPlace();
        const clock = new ManualClock();
        const backend = await place.open({ clock });
        const model = new Model();
        try {
          const seen = await record(backend);
          for (const { advanceMs, commits } of steps) {
            clock.advance(advanceMs);
            const now = clock.now();
            const groups = commits.map((changes) => changes.map((change) => asChange(change, now)));
            const results = await Promise.all(groups.map((changes) => backend.commit(changes)));
            const refusals = results.map((result) => (result.ok ? undefined : result.index));
            assert.deepEqual(
              refusals,
              groups.map((changes) => model.commit(changes, now)),
            );
            const { items } = await backend.list({ prefix: everything, limit: 10 });
            const live = keys.flatMap((path) => model.live(path, now) ?? []);
            const plain = (all: readonly Item[]) =>
              all.map((item) => `${item.key} ${text(item)} ${item.revision} ${item.expiresAt}`).sort();
            assert.deepEqual(plain(items), plain(live));
            for (const path of keys) assert.equal(text(await backend.get(path)), text(model.live(path, now)));
          }
          assert.deepEqual(seen.changes.map(words), model.seen);
          const again = await record(backend, { from: seen.watch.cursor });
          assert.deepEqual(again.changes.map(words), model.seen);
        } finally {
          await backend.close();
          await place.destroy();
        }
      }),
      { numRuns: 25 },
    );
  });
}
