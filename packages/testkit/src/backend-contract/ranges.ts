import assert from "node:assert/strict";
import { type Key, key, prefix, type Range, segmentsOf } from "@sallyport/server/storage";
import { commit, contractTest, type NewPlace, put, type Subject, text } from "./subject.ts";

const room = prefix("room");
const names = ["a", "b", "c", "d", "e"];

async function fill({ backend }: Subject): Promise<void> {
  await commit(backend, ...names.toReversed().map((name) => put(key("room", name), name)));
  await commit(backend, put(key("room2", "a"), "no"), put(key("roo"), "no"), put(key("room"), "no"));
  await commit(backend, put(key("room-1", "a"), "no"), put(key("room.1", "a"), "no"));
}

export function rangeTests(newPlace: NewPlace): void {
  const K = (name: string): Key => key("room", name);
  const table: readonly [string, Omit<Range, "prefix">, string, boolean][] = [
    ["all", { limit: 10 }, "abcde", false],
    ["exactly all", { limit: 5 }, "abcde", false],
    ["the first", { limit: 2 }, "ab", true],
    ["after one", { after: K("b"), limit: 2 }, "cd", true],
    ["after one that is not there", { after: K("bb"), limit: 9 }, "cde", false],
    ["after the last", { after: K("e"), limit: 9 }, "", false],
    ["until one", { until: K("c"), limit: 9 }, "ab", false],
    ["between", { after: K("a"), until: K("d"), limit: 9 }, "bc", false],
    ["between, the first", { after: K("a"), until: K("d"), limit: 1 }, "b", true],
    ["nothing between", { after: K("d"), until: K("b"), limit: 9 }, "", false],
    ["backwards", { reverse: true, limit: 9 }, "edcba", false],
    ["backwards, the first", { reverse: true, limit: 2 }, "ed", true],
    ["backwards after one", { reverse: true, after: K("d"), limit: 2 }, "cb", true],
    ["backwards until one", { reverse: true, until: K("b"), limit: 9 }, "edc", false],
    ["backwards between", { reverse: true, after: K("e"), until: K("a"), limit: 9 }, "dcb", false],
    ["after a key below the prefix", { after: key("a"), limit: 9 }, "abcde", false],
    ["until a key above the prefix", { until: key("z"), limit: 9 }, "abcde", false],
  ];
  for (const [name, range, expected, more] of table) {
    contractTest(`a range: ${name}`, newPlace, async (subject) => {
      await fill(subject);
      const page = await subject.backend.list({ prefix: room, ...range });
      assert.equal(page.items.map(text).join(""), expected);
      assert.equal(page.more, more);
    });
  }

  contractTest("pages put together are the whole, both ways", newPlace, async (subject) => {
    await fill(subject);
    for (const reverse of [false, true]) {
      let found = "";
      let after: Key | undefined;
      for (let more = true; more; ) {
        const page = await subject.backend.list({ prefix: room, after, reverse, limit: 2 });
        found += page.items.map(text).join("");
        after = page.items.at(-1)?.key;
        more = page.more;
      }
      assert.equal(found, reverse ? "edcba" : "abcde");
    }
  });

  contractTest("a limit below one is refused", newPlace, async ({ backend }) => {
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await assert.rejects(backend.list({ prefix: room, limit }), { reason: "INTERNAL" });
    }
  });

  contractTest(
    "threat 36: threat 39: a hostile name stays inside its place",
    newPlace,
    async ({ backend }) => {
      const hostile = [
        "a/b",
        "../x",
        "%2F",
        "a\0b",
        "a\nb",
        "ключ",
        "\u{1f511}",
        "*",
        "a%",
        "' OR 1=1 --",
        "_",
      ];
      for (const name of hostile) await commit(backend, put(key("names", name), name));
      await commit(backend, put(key("names", "a", "b"), "deeper"), put(key("x"), "outside"));
      for (const name of hostile) {
        assert.equal(text(await backend.get(key("names", name))), name);
        const inside = await backend.list({ prefix: prefix("names", name), limit: 10 });
        assert.deepEqual(inside.items, [], name);
      }
      const { items } = await backend.list({ prefix: prefix("names"), limit: 100 });
      assert.deepEqual(
        new Set(items.map((item) => segmentsOf(item.key).slice(1).join(" | "))),
        new Set([...hostile, "a | b"]),
      );
      const sorted = items.map((item) => item.key);
      assert.deepEqual(sorted, sorted.toSorted());
    },
  );
}
