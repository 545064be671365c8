import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import type { Backend } from "../storage/index.ts";
import { updatePluginData } from "./plugin-data/update-plugin-data.ts";
import { loadRequest } from "./store.ts";
import { submitReview } from "./submit-review.ts";
import { NOW, reviewBy } from "./testing/examples.ts";
import { ask, openStory } from "./testing/story.ts";

/** The database as a second service has it, which takes no turns with the first; `meanwhile` happens once. */
function beside(backend: Backend, meanwhile: () => Promise<unknown>): Backend {
  let isFirst = true;
  return {
    get: (key) => backend.get(key),
    list: (range) => backend.list(range),
    watch: (options) => backend.watch(options),
    close: () => backend.close(),
    commit: async (changes) => {
      if (isFirst) {
        isFirst = false;
        await meanwhile();
      }
      return backend.commit(changes);
    },
  };
}

test("threat 17: a review is decided anew on what another service wrote in the meantime, and loses nothing of it", async () => {
  const cluster = await openStory();
  const { deps, backend } = cluster;
  const id = await ask(cluster);
  const byBob = () => submitReview(deps, id, reviewBy("bob"), cluster.call("bob"));
  const { request } = await submitReview(
    { ...deps, backend: beside(backend, byBob) },
    id,
    reviewBy("cas"),
    cluster.call("cas"),
  );
  assert.equal(request.state, "APPROVED");
  const stored = await loadRequest(backend, id);
  assert.deepEqual(
    stored?.reviews.map(({ author }) => author),
    ["bob", "cas"],
  );
});

test("of two services that swap data of a plugin one wins, with and without data that is there", async () => {
  const cluster = await openStory();
  const { deps, backend } = cluster;
  const resource = await ask(cluster);
  const swap = (owner: string, before: string, over = backend) =>
    updatePluginData(
      { ...deps, backend: over },
      { kind: "access_request", resource, plugin: "slack", set: { owner }, expect: { owner: before } },
      NOW,
    );
  for (const [before, after] of [
    ["", "one"],
    ["one", "two"],
  ] as const) {
    const late = swap(
      "late",
      before,
      beside(backend, () => swap(after, before)),
    );
    await assert.rejects(late, (error) => error instanceof AppError && error.reason === "COMPARE_FAILED");
  }
});
