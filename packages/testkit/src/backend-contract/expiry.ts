import assert from "node:assert/strict";
import { AUDIT_PREFIX, key, prefix } from "@sallyport/server/storage";
import {
  absent,
  at,
  check,
  commit,
  contractTest,
  del,
  type NewPlace,
  present,
  put,
  record,
  refused,
  revision,
  text,
  until,
  words,
} from "./subject.ts";

const A = key("room", "a");
const room = prefix("room");

export function expiryTests(newPlace: NewPlace): void {
  contractTest("an item is there until its instant and gone from then on", newPlace, async (subject) => {
    const { backend, clock } = subject;
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500 }), put(key("room", "b"), "2"));
    clock.advance(499);
    assert.equal(text(await backend.get(A)), "1");
    clock.advance(1);
    assert.equal(await backend.get(A), undefined);
    const page = await backend.list({ prefix: room, limit: 1 });
    assert.deepEqual([page.items.map(text), page.more], [["2"], false]);
  });

  contractTest("conditions take what has expired for absent", newPlace, async ({ backend, clock }) => {
    const mine = revision();
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500, revision: mine }));
    clock.advance(500);
    for (const condition of [present, at(mine)]) {
      const result = await refused(backend, check(A, condition));
      assert.equal(result.found, "absent");
    }
    await commit(backend, put(A, "2", absent));
    assert.equal(text(await backend.get(A)), "2");
    clock.advance(5_000);
    assert.equal(text(await backend.get(A)), "2");
  });

  contractTest("a put without an instant takes the old one away", newPlace, async ({ backend, clock }) => {
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500 }));
    await commit(backend, put(A, "2", present));
    clock.advance(60_000);
    assert.equal(text(await backend.get(A)), "2");
  });

  contractTest(
    "what has expired is deleted within a second or so, and watchers see it",
    newPlace,
    async (subject) => {
      const { backend, clock } = subject;
      const seen = await record(backend);
      for (const name of ["a", "b", "c"]) {
        await commit(backend, put(key("room", name), name, absent, { expiresAt: clock.now() + 500 }));
      }
      await commit(backend, put(key("room", "d"), "d", absent, { expiresAt: clock.now() + 500_000 }));
      clock.advance(2_000);
      await until(() => seen.changes.length === 7, "the deletes are seen");
      assert.deepEqual(
        new Set(seen.changes.slice(4).map(words)),
        new Set(["delete /room/a (was a)", "delete /room/b (was b)", "delete /room/c (was c)"]),
      );
      assert.equal(text(await backend.get(key("room", "d"))), "d");
    },
  );

  contractTest("a key that was written again is not swept", newPlace, async ({ backend, clock }) => {
    const seen = await record(backend);
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500 }));
    clock.advance(500);
    const writing = commit(backend, put(A, "2", absent, { expiresAt: clock.now() + 100_000 }));
    clock.advance(2_000);
    await writing;
    await commit(backend, put(key("room", "z"), "last"));
    assert.equal(text(await backend.get(A)), "2");
    const puts = seen.changes.filter((change) => change.op === "put").map((change) => text(change.item));
    assert.deepEqual(puts, ["1", "2", "last"]);
  });

  contractTest("a delete of what has expired is seen with what was there", newPlace, async (subject) => {
    const { backend, clock } = subject;
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500 }));
    const seen = await record(backend);
    clock.advance(600);
    await commit(backend, del(A));
    assert.deepEqual(seen.changes.map(words), ["delete /room/a (was 1)"]);
  });

  contractTest("audit entries expire unseen", newPlace, async ({ backend, clock }) => {
    const seen = await record(backend);
    await commit(backend, put(key("audit", "1"), "e", absent, { expiresAt: clock.now() + 500 }));
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 500 }));
    clock.advance(2_000);
    await until(() => seen.changes.length === 2, "the delete is seen");
    const { items } = await backend.list({ prefix: AUDIT_PREFIX, limit: 10 });
    assert.deepEqual([items, seen.changes.map(words)], [[], ["put /room/a 1", "delete /room/a (was 1)"]]);
  });
}
