import assert from "node:assert/strict";
import { key, prefix } from "@sallyport/server/storage";
import { absent, at, commit, contractTest, type NewPlace, put, record, text } from "./subject.ts";

const COUNTER = key("counter");
const CLIENTS = 16;
const STEPS = 25;

export function concurrencyTests(newPlace: NewPlace): void {
  contractTest("one refused commit does not hurt its neighbours", newPlace, async ({ backend }) => {
    await commit(backend, put(key("n", "7"), "taken"));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        backend.commit([put(key("n", `${index}`), "new", absent), put(key("m", `${index}`), "new")]),
      ),
    );
    assert.deepEqual(
      results.flatMap((result, index) => (result.ok ? [] : [index])),
      [7],
    );
    assert.equal((await backend.list({ prefix: prefix("m"), limit: 100 })).items.length, 19);
    assert.equal(text(await backend.get(key("n", "7"))), "taken");
  });

  contractTest("commits happen in the order they were made", newPlace, async ({ backend }) => {
    const seen = await record(backend);
    const answered: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        commit(backend, put(COUNTER, `${index}`)).then(() => void answered.push(index)),
      ),
    );
    const order = Array.from({ length: 100 }, (_, index) => index);
    assert.deepEqual(
      seen.changes.map((change) => Number(text(change.item))),
      order,
    );
    assert.deepEqual(answered, order);
  });

  contractTest("of many who create the same key one wins", newPlace, async ({ backend }) => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => backend.commit([put(COUNTER, `${index}`, absent)])),
    );
    assert.equal(results.filter((result) => result.ok).length, 1);
    const winner = results.findIndex((result) => result.ok);
    assert.equal(text(await backend.get(COUNTER)), `${winner}`);
  });

  contractTest(
    "a counter by compare-and-swap loses no step and never reads back",
    newPlace,
    async ({ backend }) => {
      await commit(backend, put(COUNTER, "0"));
      const client = async () => {
        let latest = 0;
        for (let done = 0; done < STEPS; ) {
          const item = await backend.get(COUNTER);
          const value = Number(text(item));
          assert(value >= latest, `read ${value} after ${latest}`);
          latest = value;
          const result = await backend.commit([put(COUNTER, `${value + 1}`, at(item!.revision))]);
          if (!result.ok) continue;
          done += 1;
          latest = value + 1;
          const after = Number(text(await backend.get(COUNTER)));
          assert(after >= latest, `read ${after} after writing ${latest}`);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
      assert.equal(text(await backend.get(COUNTER)), `${CLIENTS * STEPS}`);
    },
  );

  contractTest("a transfer between two keys is never seen half done", newPlace, async ({ backend }) => {
    const [from, to] = [key("sum", "from"), key("sum", "to")];
    await commit(backend, put(from, "0"), put(to, "0"));
    let writing = true;
    const writer = async () => {
      for (let index = 1; index <= 200; index++) {
        await commit(backend, put(from, `${-index}`), put(to, `${index}`));
      }
      writing = false;
    };
    const reader = async () => {
      while (writing) {
        const { items } = await backend.list({ prefix: prefix("sum"), limit: 2 });
        assert.equal(
          items.map((item) => Number(text(item))).reduce((a, b) => a + b),
          0,
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([writer(), reader(), reader()]);
  });
}
