import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend } from "../../storage/index.ts";
import { createRequest } from "../create-request.ts";
import { deleteRequest } from "../delete-request.ts";
import { expireRequests } from "../expire-requests.ts";
import { setRequestState } from "../set-request-state.ts";
import { HOUR, wishFor } from "../testing/examples.ts";
import type { SmallCluster } from "../testing/small-cluster.ts";
import { approval, ask, isReason, listIds, listPage, openStory } from "../testing/story.ts";
import { readRequest } from "../wire/read-request.ts";
import { anyRequest } from "./decide-visibility.ts";
import type { RequestListing } from "./list-requests.ts";

test("lists show what is in sight, in every order, page by page", async () => {
  const cluster = await openStory();
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) ids.push(await ask(cluster, [i % 2 === 0 ? "dev" : "ops"]));
  await setRequestState(cluster.deps, ids[2]!, approval, "", cluster.call("plugin"));
  assert.deepEqual(await listIds(cluster, "plugin"), ids);
  assert.deepEqual(await listIds(cluster, "plugin", { sort: "CREATED", descending: true }), ids.toReversed());
  const byState = [ids[2], ...ids.filter((_, i) => i !== 2)];
  assert.deepEqual(await listIds(cluster, "plugin", { sort: "STATE" }), byState);
  assert.deepEqual(await listIds(cluster, "alice", { sort: "USER" }), ids);
  assert.deepEqual(
    await listIds(cluster, "bob"),
    ids.filter((_, i) => i % 2 === 0),
    "what bob may review",
  );
  assert.deepEqual(await listIds(cluster, "zoe"), []);
  await assert.rejects(listIds(cluster, "mute"), isReason("ACCESS_DENIED"));
  const pending = { ...anyRequest, state: "PENDING" as const };
  assert.equal((await listIds(cluster, "plugin", { filter: pending })).length, 6);
  for (const sort of ["DEFAULT", "STATE", "USER"] as const) {
    for (const descending of [false, true]) {
      assert.deepEqual(new Set(await walkPages(cluster, { sort, descending })), new Set(ids), sort);
    }
  }
  await assert.rejects(listPage(cluster, "plugin", { limit: 16_001 }), isReason("BAD_PARAMETER"));
});

test("by creation stand also those whose id a client chose, page by page", async () => {
  const cluster = await openStory();
  const chosen = ["f", "0", "7"].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
  const ids: string[] = [];
  for (const id of [undefined, ...chosen, undefined, undefined]) {
    cluster.clock.advance(1000);
    const wish = wishFor({ user: "alice", roles: ["dev"] });
    ids.push((await createRequest(cluster.deps, wish, cluster.call("alice"), id)).request.id);
  }
  for (const who of ["plugin", "alice"]) {
    for (const descending of [false, true]) {
      const expected = descending ? ids.toReversed() : ids;
      assert.deepEqual(await listIds(cluster, who, { sort: "CREATED", descending }), expected);
      assert.deepEqual(await walkPages(cluster, { sort: "CREATED", descending }, who), expected);
    }
  }
  await deleteRequest(cluster.deps, ids[2]!, cluster.call("Admin"));
  assert.deepEqual(await listIds(cluster, "plugin", { sort: "CREATED" }), ids.toSpliced(2, 1));
  const left = ids.filter((id) => !chosen.includes(id));
  for (const id of [ids[1]!, ids[3]!]) await deleteRequest(cluster.deps, id, cluster.call("Admin"));
  assert.deepEqual(await listIds(cluster, "plugin", { sort: "CREATED" }), left);
});

test("threat 13: where a page ends tells nothing of requests that are not in sight", async () => {
  const cluster = await openStory();
  const hidden: string[] = [];
  for (const [index, role] of ["dev", "ops", "ops", "dev", "dev"].entries()) {
    cluster.clock.advance(1000);
    const chosen = index === 1 ? "0c0c0c0c-0000-4000-8000-000000000000" : undefined;
    const wish = wishFor({ user: "alice", roles: [role] });
    const { request } = await createRequest(cluster.deps, wish, cluster.call("alice"), chosen);
    if (role === "ops") hidden.push(request.id);
  }
  for (const sort of ["DEFAULT", "CREATED", "STATE", "USER"] as const) {
    let startKey = "";
    for (const more of [true, true, false]) {
      const page = await listPage(cluster, "bob", { sort, limit: 1, startKey });
      assert.equal(page.items.length, 1);
      startKey = page.nextKey;
      assert.equal(startKey !== "", more);
      assert.ok(!hidden.some((id) => startKey.includes(id)), `${sort}: ${startKey}`);
    }
  }
});

test("a page costs what it holds, however many requests there are", async () => {
  const cluster = await openStory();
  for (let i = 0; i < 600; i += 1) await ask(cluster);
  for (const sort of ["DEFAULT", "CREATED", "STATE", "USER"] as const) {
    let read = 0;
    const counting: Backend = {
      get: (key) => cluster.backend.get(key),
      commit: (changes) => cluster.backend.commit(changes),
      watch: (options) => cluster.backend.watch(options),
      close: () => cluster.backend.close(),
      list: async (range) => {
        const page = await cluster.backend.list(range);
        read += page.items.length;
        return page;
      },
    };
    const page = await listPage(cluster, "plugin", { sort, limit: 50, backend: counting });
    assert.equal(page.items.length, 50);
    assert.ok(read <= 100, `${sort} read ${read} keys`);
  }
});

async function walkPages(
  cluster: SmallCluster,
  parts: Partial<RequestListing>,
  who = "plugin",
): Promise<readonly string[]> {
  const ids: string[] = [];
  let startKey = "";
  do {
    const page = await listPage(cluster, who, { ...parts, limit: 3, startKey });
    ids.push(...page.items.map((bytes) => readRequest(bytes).id));
    startKey = page.nextKey;
  } while (startKey !== "");
  assert.equal(ids.length, new Set(ids).size, "nothing twice");
  return ids;
}

test("an expired request leaves the lists at once and is found by its id until it is swept", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  cluster.clock.advance(12 * HOUR);
  assert.deepEqual(await listIds(cluster, "plugin"), []);
  assert.deepEqual(await listIds(cluster, "plugin", { filter: { ...anyRequest, id } }), [id]);
  assert.equal(await expireRequests(cluster.deps), 0, "pending requests have 40 s more");
  cluster.clock.advance(40_000);
  assert.equal(await expireRequests(cluster.deps), 1);
  assert.deepEqual(await listIds(cluster, "plugin", { filter: { ...anyRequest, id } }), []);
});

test("what is not one's own looks as if it were not there", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  assert.deepEqual(await listIds(cluster, "zoe", { filter: { ...anyRequest, id } }), []);
  const missing = setRequestState(cluster.deps, id, approval, "", cluster.call("zoe"));
  await assert.rejects(missing, isReason("NOT_FOUND"));
  await assert.rejects(deleteRequest(cluster.deps, "nope", cluster.call("Admin")), isReason("NOT_FOUND"));
});
