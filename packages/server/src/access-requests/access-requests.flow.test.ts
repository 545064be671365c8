import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AccessRequestsSchema,
  ListAccessRequestsRequestSchema,
  ListAccessRequestsResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import {
  AccessRequestFilterSchema,
  AccessRequestV3Schema,
  RequestState,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newRole } from "../roles/index.ts";
import { Encoded } from "../rpc/index.ts";
import { createRequest } from "./create-request.ts";
import { deleteRequest } from "./delete-request.ts";
import { expireRequests, startExpiry } from "./expire-requests.ts";
import { listHistory } from "./history/store.ts";
import { accessRequestRpcs } from "./rpc.ts";
import { setRequestState } from "./set-request-state.ts";
import { loadRequest } from "./store.ts";
import { requestKey } from "./storing/keys.ts";
import { submitReview } from "./submit-review.ts";
import { askingRole, HOUR, NOW, reviewBy, wishFor } from "./testing/examples.ts";
import { openSmallCluster } from "./testing/small-cluster.ts";
import {
  approval,
  ask,
  asks,
  everything,
  isReason,
  listIds,
  openStory,
  plugin,
  reviewers,
  reviews,
  two,
} from "./testing/story.ts";
import { checkRequestInUse } from "./using/check-request-in-use.ts";

test("asked, reviewed twice, approved, used, expired and remembered, with an audit entry for each act", async () => {
  const cluster = await openStory();
  const { deps, backend, clock } = cluster;
  const id = await ask(cluster);
  const first = await submitReview(deps, id, reviewBy("bob"), cluster.call("bob"));
  assert.equal(first.request.state, "PENDING");
  await assert.rejects(checkRequestInUse(deps, id, "alice", NOW), isReason("ACCESS_DENIED"));
  const second = await submitReview(deps, id, reviewBy("", { reason: "ok" }), cluster.call("cas"));
  assert.equal(second.request.state, "APPROVED");
  assert.notEqual(second.request.revision, first.request.revision);
  const lent = await checkRequestInUse(deps, id, "alice", NOW);
  assert.deepEqual(lent.roles, ["dev"]);
  assert.equal(lent.accessExpiresAt, NOW + 12 * HOUR);

  clock.advance(12 * HOUR);
  assert.equal(await expireRequests(deps), 1);
  assert.equal(await loadRequest(backend, id), undefined);
  const history = await listHistory(backend, everything);
  assert.equal(history.items.length, 1);

  const entries = await cluster.audit();
  const codes = entries.map(({ code }) => code);
  assert.deepEqual(codes, ["T5000I", "T5002I", "T5002I", "T5005I"]);
  assert.deepEqual(
    entries.map((entry) => entry.id),
    [id, id, id, id],
  );
  assert.deepEqual(
    entries.map((entry) => entry.state),
    ["PENDING", "PENDING", "APPROVED", undefined],
  );
  assert.equal(entries[0]?.user, "alice");
  assert.ok(!("user" in entries[1]!));
  const left = await backend.list({ prefix: "/access_request_index/" as never, limit: 10 });
  assert.equal(left.items.length, 0, "no index key stays behind");
});

test("the sweeper works on its timer until it is stopped", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  const stop = startExpiry(cluster.deps, { everyMs: 1000, onError: (error) => assert.fail(String(error)) });
  cluster.clock.advance(13 * HOUR);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await loadRequest(cluster.backend, id), undefined);
  stop();
});

test("many reviewers at once: each review counts once, none is lost", async () => {
  const cluster = await openStory();
  const wide = { ...two, approve: 20 };
  const role = askingRole("asks", { allow: { roles: ["dev"], thresholds: [wide] } });
  const users = { alice: { roles: [role] }, ...reviewers };
  const busy = await openSmallCluster(users, [newRole("dev")]);
  const id = await ask(busy);
  await Promise.all(
    Object.keys(reviewers).map((name) => submitReview(busy.deps, id, reviewBy(name), busy.call(name))),
  );
  const request = await loadRequest(busy.backend, id);
  assert.equal(request?.reviews.length, 20);
  assert.equal(request?.state, "APPROVED");
  await cluster.backend.close();
});

test("a request that keeps changing under a writer ends as COMPARE_FAILED, after seven attempts", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  let attempts = 0;
  const contended = {
    ...cluster.deps,
    backend: {
      get: (key: never) => cluster.backend.get(key),
      list: (range: never) => cluster.backend.list(range),
      watch: (options: never) => cluster.backend.watch(options),
      close: () => cluster.backend.close(),
      commit: async () => {
        attempts += 1;
        return { ok: false, index: 0, key: "" as never, found: "present" } as const;
      },
    },
  };
  const review = submitReview(contended, id, reviewBy("bob"), cluster.call("bob"));
  await assert.rejects(review, isReason("COMPARE_FAILED"));
  assert.equal(attempts, 7);
});

test("who may create: oneself, unless a rule denies it, and those with the rule", async () => {
  const cluster = await openStory();
  await assert.rejects(ask(cluster, ["dev"], "mute"), isReason("ACCESS_DENIED"));
  const forAlice = wishFor({ user: "alice", roles: ["dev"] });
  await assert.rejects(createRequest(cluster.deps, forAlice, cluster.call("bob")), isReason("ACCESS_DENIED"));
  const byAdmin = await createRequest(cluster.deps, forAlice, cluster.call("Admin"));
  assert.equal(byAdmin.request.accessExpiresAt, NOW + 30 * HOUR);
  const answered = { ...forAlice, state: "APPROVED" as const };
  await assert.rejects(
    createRequest(cluster.deps, answered, cluster.call("alice")),
    isReason("ACCESS_DENIED"),
  );
});

test("a dry run stores nothing and writes no audit entry", async () => {
  const cluster = await openStory();
  const wish = wishFor({ roles: ["dev"], dryRun: true });
  const { bytes } = await createRequest(cluster.deps, wish, cluster.call("alice"));
  const message = fromBinary(AccessRequestV3Schema, bytes);
  assert.equal(message.Spec?.DryRun, true);
  assert.equal(message.Spec?.DryRunEnrichment?.ReasonMode, "optional");
  assert.deepEqual(await listIds(cluster, "Admin"), []);
  assert.equal((await cluster.audit()).length, 0);
});

test("the answer to a creation is what is stored, byte for byte", async () => {
  const cluster = await openStory();
  const rpcs = accessRequestRpcs(cluster.deps);
  const message = create(AccessRequestV3Schema, {
    Metadata: { Name: "mine", Revision: "forged" },
    Spec: {
      User: "alice",
      Roles: ["dev"],
      State: RequestState.PENDING,
      Created: { seconds: -62135596800n, nanos: 0 },
      Expires: { seconds: -62135596800n, nanos: 0 },
    },
  });
  const created = await rpcs.createAccessRequestV2.handle(message, cluster.call("alice"));
  assert.ok(created instanceof Encoded);
  const request = fromBinary(AccessRequestV3Schema, created.bytes);
  const id = request.Metadata?.Name ?? "";
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.notEqual(request.Metadata?.Revision, "forged");
  assert.equal(request.Spec?.AssumeStartTime, undefined);
  const filter = create(AccessRequestFilterSchema, { ID: id });
  const listed = await rpcs.getAccessRequests.handle(filter, cluster.call("plugin"));
  assert.ok(listed instanceof Encoded);
  const { AccessRequests } = fromBinary(AccessRequestsSchema, listed.bytes);
  assert.deepEqual(
    AccessRequests.map((each) => toBinary(AccessRequestV3Schema, each)),
    [created.bytes],
  );
  const page = create(ListAccessRequestsRequestSchema, { Filter: { ID: "missing" } });
  const empty = await rpcs.listAccessRequests.handle(page, cluster.call("plugin"));
  assert.ok(empty instanceof Encoded);
  assert.equal(fromBinary(ListAccessRequestsResponseSchema, empty.bytes).AccessRequests.length, 0);
});

test("what a newer version stored in a request survives a change by this one", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  const item = await cluster.backend.get(requestKey(id));
  assert.ok(item);
  const message = fromBinary(AccessRequestV3Schema, item.value);
  const unknown = { no: 50_000, wireType: 2, data: Uint8Array.of(2, 7, 8) };
  message.$unknown = [unknown];
  message.Spec!.$unknown = [unknown];
  const value = toBinary(AccessRequestV3Schema, message);
  const { key, revision } = item;
  await cluster.backend.commit([{ op: "put", key, value, revision, condition: { is: "any" } }]);
  await setRequestState(cluster.deps, id, approval, "", cluster.call("plugin"));
  const after = fromBinary(AccessRequestV3Schema, (await cluster.backend.get(key))!.value);
  assert.equal(after.Spec?.State, RequestState.APPROVED);
  assert.equal(after.$unknown?.length, 1);
  assert.equal(after.Spec?.$unknown?.length, 1);
});

test("threat 16: a requester cannot approve by any road", async () => {
  const users = { alice: { roles: [asks, reviews, plugin] }, bob: { roles: [reviews] } };
  const cluster = await openSmallCluster(users, [newRole("dev")]);
  const id = await ask(cluster);
  const { deps } = cluster;
  const own = cluster.call("alice");
  await assert.rejects(submitReview(deps, id, reviewBy("alice"), own), isReason("ACCESS_DENIED"));
  await assert.rejects(submitReview(deps, id, reviewBy("bob"), own), isReason("ACCESS_DENIED"));
  const asBob = cluster.call("bob", { impersonator: "alice" });
  await assert.rejects(submitReview(deps, id, reviewBy("bob"), asBob), isReason("ACCESS_DENIED"));
  await assert.rejects(setRequestState(deps, id, approval, "", own), isReason("ACCESS_DENIED"));
  const admin = cluster.call("Admin");
  await assert.rejects(submitReview(deps, id, reviewBy("alice"), admin), isReason("ACCESS_DENIED"));
  assert.equal((await loadRequest(cluster.backend, id))?.state, "PENDING");
});

test("threat 24: a request that is deleted leaves its entry", async () => {
  const cluster = await openStory();
  const id = await ask(cluster);
  await deleteRequest(cluster.deps, id, cluster.call("Admin"));
  assert.equal(await loadRequest(cluster.backend, id), undefined);
  assert.deepEqual(
    (await cluster.audit()).map((entry) => [entry.code, entry.id]),
    [
      ["T5000I", id],
      ["T5003I", id],
    ],
  );
});

test("threat 16: who may create requests for others does not create their own with its answer", async () => {
  const creates = newRole("creates", {
    allow: { rules: [{ resources: ["access_request"], verbs: ["create"], where: "", actions: [] }] },
  });
  const cluster = await openSmallCluster({ alice: { roles: [asks, creates] }, bob: { roles: [asks] } }, [
    newRole("dev"),
  ]);
  const answered = (user: string) => wishFor({ user, roles: ["dev"], state: "APPROVED" });
  const { deps } = cluster;
  const refusedAsOwn = (error: unknown) =>
    isReason("ACCESS_DENIED")(error) && /their own/.test(String(error));
  await assert.rejects(createRequest(deps, answered("alice"), cluster.call("alice")), refusedAsOwn);
  const asBob = cluster.call("alice", { impersonator: "bob" });
  await assert.rejects(createRequest(deps, answered("bob"), asBob), refusedAsOwn);
  const lent = cluster.call("alice", { activeRequests: ["r1"] });
  await assert.rejects(createRequest(deps, answered("bob"), lent), /drop your active access requests/);
  const { request } = await createRequest(deps, answered("bob"), cluster.call("alice"));
  assert.equal(request.state, "APPROVED");
});

test("threat 35: a request id that climbs or is foreign finds nothing", async () => {
  const cluster = await openStory();
  for (const id of ["../roles/admin", "a/params", "%2e%2e", "x".repeat(300)]) {
    await assert.rejects(deleteRequest(cluster.deps, id, cluster.call("Admin")), isReason("NOT_FOUND"));
  }
});
