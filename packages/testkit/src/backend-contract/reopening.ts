import assert from "node:assert/strict";
import { AUDIT_PREFIX, key, prefix } from "@sallyport/server/storage";
import { absent, at, commit, contractTest, del, type NewPlace, put, record, text, words } from "./subject.ts";

const A = key("room", "a");
const B = key("room", "b");

/** What a backend keeps that outlives its process; nothing to see in one that does not. */
export function reopeningTests(newPlace: NewPlace): void {
  contractTest("what was committed is there after opening again", newPlace, async (subject) => {
    const { backend, clock, place, reopen } = subject;
    if (!place.durable) return;
    await commit(backend, put(A, "1", absent, { expiresAt: clock.now() + 1_000 }), put(B, "2"));
    await commit(backend, put(key("audit", "1"), "entry"));
    const before = await backend.list({ prefix: prefix(), limit: 10 });
    const again = await reopen();
    assert.deepEqual(await again.list({ prefix: prefix(), limit: 10 }), before);
    assert.equal((await again.list({ prefix: AUDIT_PREFIX, limit: 10 })).items.length, 1);
    clock.advance(1_000);
    assert.equal(await again.get(A), undefined);
  });

  contractTest("closing finishes what was queued", newPlace, async ({ backend, place, reopen }) => {
    const answers = Array.from({ length: 300 }, (_, index) =>
      commit(backend, put(key("n", `${index}`), "x")),
    );
    const again = await reopen();
    await Promise.all(answers);
    if (!place.durable) return;
    assert.equal((await again.list({ prefix: prefix("n"), limit: 1000 })).items.length, 300);
  });

  contractTest("a watch resumes over a restart", newPlace, async ({ backend, place, reopen }) => {
    if (!place.durable) return;
    const seen = await record(backend);
    const first = await commit(backend, put(A, "1"));
    await commit(backend, put(B, "1"), put(A, "2"));
    await commit(backend, del(B));
    const again = await reopen();
    const resumed = await record(again, { from: first });
    await commit(again, put(B, "after"));
    assert.deepEqual(resumed.changes.map(words), [
      "put /room/b 1",
      "put /room/a 2 (was 1)",
      "delete /room/b (was 1)",
      "put /room/b after",
    ]);
    assert.deepEqual(resumed.changes.slice(0, 3), seen.changes.slice(1));
    assert((resumed.changes[3]?.sequence ?? 0) > (seen.changes.at(-1)?.sequence ?? 0));
  });

  contractTest("revisions hold over a restart", newPlace, async ({ backend, place, reopen }) => {
    if (!place.durable) return;
    await commit(backend, put(A, "1"));
    const item = await backend.get(A);
    const again = await reopen();
    await commit(again, put(A, "2", at(item!.revision)));
    assert.equal(text(await again.get(A)), "2");
  });

  contractTest("another place has another epoch", newPlace, async ({ backend }) => {
    const cursor = await commit(backend, put(A, "1"));
    const place = await newPlace();
    const other = await place.open({ clock: { now: () => 0, after: () => () => {} } });
    await commit(other, put(A, "1"));
    await assert.rejects(record(other, { from: cursor }), { reason: "CURSOR_TOO_OLD" });
    await other.close();
    await place.destroy();
  });
}
