import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cursor, StoredChange } from "../storage/index.ts";
import { EventRing } from "./ring.ts";
import { RingEvent } from "./ring-event.ts";
import type { WatchSource } from "./source.ts";

const source = {} as WatchSource;
const name = { name: "a", subKind: "", version: "v1" };

function event(sequence: number, bytes = 0): RingEvent {
  const item = { key: "/a", value: new Uint8Array(bytes), revision: "r" };
  const change = { sequence, op: "put", key: "/a", item } as unknown as StoredChange;
  return new RingEvent(source, name, change, "e:1" as Cursor, 0);
}

test("the newest events are there, the oldest make room", () => {
  const ring = new EventRing(3);
  ring.publish([event(1), event(2)]);
  ring.publish([event(3), event(4)]);
  assert.deepEqual([ring.start, ring.end, ring.at(0)], [1, 4, undefined]);
  assert.deepEqual(
    [1, 2, 3].map((position) => ring.at(position)?.sequence),
    [2, 3, 4],
  );
  assert.deepEqual([ring.positionAfter(2), ring.positionAfter(9), ring.positionAfter(0)], [2, 4, 1]);
});

test("threat 9: large events leave fewer places, so that memory is bounded; the newest always stays", () => {
  const ring = new EventRing(100, 10_000);
  for (let sequence = 1; sequence <= 20; sequence += 1) ring.publish([event(sequence, 1000)]);
  assert.deepEqual([ring.start, ring.end], [18, 20]);
  ring.publish([event(21, 100_000)]);
  assert.deepEqual([ring.start, ring.at(20)?.sequence], [20, 21]);
  ring.publish([event(22)]);
  assert.deepEqual([ring.start, ring.end, ring.at(21)?.sequence], [21, 22, 22]);
});
