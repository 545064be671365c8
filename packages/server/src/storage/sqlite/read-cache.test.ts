import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Item, Revision } from "../backend.ts";
import { key } from "../key.ts";
import { ReadCache } from "./read-cache.ts";

function item(name: string, size: number, revision = ""): Item {
  return { key: key(name), value: new Uint8Array(size), revision: revision as Revision };
}

test("what is used stays, what is not goes, and the size is bounded", () => {
  const cache = new ReadCache(20_000);
  cache.set(item("used", 700));
  for (let index = 0; index < 100; index++) {
    cache.set(item(`n${index}`, 700));
    assert.notEqual(cache.get(key("used")), undefined);
  }
  const kept = Array.from({ length: 100 }, (_, index) => cache.get(key(`n${index}`))).filter(Boolean);
  assert(kept.length > 5 && kept.length <= 20, `${kept.length} are kept`);
});

test("one that is bigger than the cache is not kept, and takes the older one away", () => {
  const cache = new ReadCache(20_000);
  cache.set(item("a", 10));
  cache.set(item("a", 100_000));
  assert.equal(cache.get(key("a")), undefined);
});

test("the cache never gives anything but the newest", () => {
  const act = fc.record({ name: fc.constantFrom("a", "b", "c"), size: fc.nat(4000), op: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const cache = new ReadCache(6000);
      const newest = new Map<string, string>();
      for (const [index, { name, size, op }] of acts.entries()) {
        if (op === 0) cache.delete(key(name));
        if (op === 0) newest.delete(name);
        if (op === 1) cache.set(item(name, size, `${index}`));
        if (op === 1) newest.set(name, `${index}`);
        const found = cache.get(key(name));
        if (found !== undefined) assert.equal(found.revision, newest.get(name));
      }
    }),
  );
});
