import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, listIds, openStory } from "../testing/story.ts";

test("threat 9: a walk over many requests lets other calls in between", async () => {
  const cluster = await openStory();
  for (let index = 0; index < 250; index += 1) await ask(cluster);
  let turns = 0;
  let walking = true;
  const count = () => {
    turns += 1;
    if (walking) setImmediate(count);
  };
  setImmediate(count);
  const mine = await listIds(cluster, "zoe", { sort: "STATE", limit: 10 });
  walking = false;
  assert.equal(mine.length, 0);
  assert.ok(turns >= 1, `${turns} turns of the event loop`);
});
