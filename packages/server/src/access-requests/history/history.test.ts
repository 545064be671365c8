import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  ListAccessRequestHistoryRequestSchema,
  ListAccessRequestHistoryResponseSchema,
} from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import { Encoded } from "../../rpc/index.ts";
import { deleteRequest } from "../delete-request.ts";
import { expireRequests } from "../expire-requests.ts";
import { HOUR, NOW } from "../testing/examples.ts";
import { ask, everything, listIds, openStory } from "../testing/story.ts";
import { accessRequestHistoryRpcs } from "./rpc.ts";
import { listHistory } from "./store.ts";

test("the methods of the wire never return what has ended; the history does", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  const other = await ask(cluster, ["ops"]);
  await deleteRequest(cluster.deps, other, cluster.call("Admin"));
  cluster.clock.advance(13 * HOUR);
  await expireRequests(cluster.deps);
  assert.deepEqual(await listIds(cluster, "Admin"), []);
  const rpcs = accessRequestHistoryRpcs(cluster.deps);
  const wanted = create(ListAccessRequestHistoryRequestSchema, { search: "ali" });
  const reply = await rpcs.listAccessRequestHistory.handle(wanted, cluster.call("Admin"));
  assert.ok(reply instanceof Encoded);
  const { records } = fromBinary(ListAccessRequestHistoryResponseSchema, reply.bytes);
  assert.deepEqual(
    records.map(({ request, ending }) => [request?.Metadata?.Name, ending]),
    [
      [id, "expired"],
      [other, "deleted"],
    ],
  );
  const earlier = { ...everything, filter: { ...everything.filter, to: NOW + HOUR } };
  assert.equal((await listHistory(cluster.backend, earlier)).items.length, 1);
  const later = { ...everything, filter: { ...everything.filter, from: NOW + HOUR } };
  assert.equal((await listHistory(cluster.backend, later)).items.length, 1);
});

test("history is paged without gaps and forgets after its time", async () => {
  const cluster = await openStory();
  for (let i = 0; i < 5; i += 1) await deleteRequest(cluster.deps, await ask(cluster), cluster.call("Admin"));
  const seen: string[] = [];
  let token = "";
  do {
    const page = await listHistory(cluster.backend, { ...everything, limit: 2, token });
    seen.push(...page.items.map((item) => Buffer.from(item).toString("hex")));
    token = page.nextToken;
  } while (token !== "");
  assert.equal(new Set(seen).size, 5);
  cluster.clock.advance(366 * 24 * HOUR);
  assert.equal((await listHistory(cluster.backend, everything)).items.length, 0);
});
