import assert from "node:assert/strict";
import { type Condition, key, type Revision } from "@sallyport/server/storage";
import {
  absent,
  any,
  at,
  check,
  commit,
  contractTest,
  del,
  type NewPlace,
  present,
  put,
  refused,
  revision,
  text,
} from "./subject.ts";

const A = key("room", "a");
const B = key("room", "b");
const C = key("room", "c");

export function conditionTests(newPlace: NewPlace): void {
  contractTest("what was put is read back, whole and with its revision", newPlace, async ({ backend }) => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    const mine = revision();
    const expiresAt = Date.UTC(2100, 0, 1);
    await commit(backend, { op: "put", key: A, value, revision: mine, expiresAt, condition: any });
    const item = await backend.get(A);
    assert.deepEqual(
      { ...item, value: [...(item?.value ?? [])] },
      {
        key: A,
        value: [...value],
        revision: mine,
        expiresAt,
      },
    );
    await commit(backend, put(B, ""));
    assert.equal((await backend.get(B))?.value.byteLength, 0);
    assert.equal((await backend.get(B))?.expiresAt, undefined);
    assert.equal(await backend.get(C), undefined);
  });

  const current = "11111111-0000-4000-8000-000000000001" as Revision;
  const other = "11111111-0000-4000-8000-000000000002" as Revision;
  const table: readonly [string, Condition, boolean, boolean][] = [
    ["any", any, true, true],
    ["absent", absent, true, false],
    ["present", present, false, true],
    ["at the current revision", at(current), false, true],
    ["at another revision", at(other), false, false],
  ];
  for (const [name, condition, holdsOfNothing, holdsOfSomething] of table) {
    contractTest(`the condition "${name}" holds when it should`, newPlace, async ({ backend }) => {
      await commit(backend, put(B, "old", any, { revision: current }));
      for (const change of [put(A, "new", condition), check(A, condition)]) {
        assert.equal((await backend.commit([change])).ok, holdsOfNothing, `${change.op} of nothing`);
        await commit(backend, del(A));
      }
      for (const change of [check(B, condition), put(B, "new", condition), del(B, condition)]) {
        await commit(backend, put(B, "old", any, { revision: current }));
        assert.equal((await backend.commit([change])).ok, holdsOfSomething, `${change.op} of something`);
      }
      assert.equal((await backend.commit([del(A, condition)])).ok, holdsOfNothing, "delete of nothing");
    });
  }

  contractTest("one condition that does not hold stops all changes", newPlace, async ({ backend }) => {
    await commit(backend, put(B, "there"));
    const result = await refused(backend, put(A, "1"), put(B, "2", absent), del(C, present));
    assert.deepEqual(result, { ok: false, index: 1, key: B, found: "present" });
    assert.equal(await backend.get(A), undefined);
    assert.equal(text(await backend.get(B)), "there");
    const missing = await refused(backend, del(B), check(C, present));
    assert.deepEqual(missing, { ok: false, index: 1, key: C, found: "absent" });
    assert.equal(text(await backend.get(B)), "there");
  });

  contractTest("a check changes nothing and decides all", newPlace, async ({ backend }) => {
    const mine = revision();
    await commit(backend, put(A, "1", any, { revision: mine }));
    await commit(backend, check(A, at(mine)), put(B, "2"));
    await refused(backend, check(A, absent), put(B, "3"));
    assert.equal(text(await backend.get(B)), "2");
    assert.equal((await backend.get(A))?.revision, mine);
  });

  contractTest("a revision is an opaque string, compared as a whole", newPlace, async ({ backend }) => {
    const odd = "ą/'\"%00 \u{1f511}" as Revision;
    await commit(backend, put(A, "1", any, { revision: odd }));
    assert.equal((await backend.get(A))?.revision, odd);
    await refused(backend, put(A, "2", at("" as Revision)));
    await refused(backend, put(A, "2", at(odd.slice(0, -2) as Revision)));
    await refused(backend, put(A, "2", at(odd.normalize("NFD") as Revision)));
    await commit(backend, put(A, "2", at(odd)));
  });

  contractTest("a key cannot be changed twice in one commit", newPlace, async ({ backend }) => {
    await assert.rejects(backend.commit([put(A, "1"), del(A)]), { reason: "INTERNAL" });
    assert.equal(await backend.get(A), undefined);
  });

  contractTest("the caller's buffer may be part of a bigger one", newPlace, async ({ backend }) => {
    const big = new TextEncoder().encode("xxVALUExx");
    const change = put(A, "");
    await commit(backend, { ...change, value: big.subarray(2, 7) } as typeof change);
    await commit(backend, { ...put(B, ""), value: Buffer.from("buffer") } as typeof change);
    assert.equal(text(await backend.get(A)), "VALUE");
    assert.equal(text(await backend.get(B)), "buffer");
  });

  contractTest("a closed backend refuses", newPlace, async ({ backend }) => {
    await backend.close();
    await assert.rejects(backend.get(A), { reason: "UNAVAILABLE" });
    await assert.rejects(backend.commit([put(A, "1")]), { reason: "UNAVAILABLE" });
    await backend.close();
  });
}
