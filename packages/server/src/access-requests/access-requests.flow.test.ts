import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  ListAccessRequestHistoryRequestSchema,
  ListAccessRequestHistoryResponseSchema,
} from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
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
import { accessRequestHistoryRpcs } from "./history/rpc.ts";
import { listHistory } from "./history/store.ts";
import { anyRequest } from "./reading/decide-visibility.ts";
import { findSight } from "./reading/find-sight.ts";
import { listRequests, type RequestListing } from "./reading/list-requests.ts";
import { accessRequestRpcs } from "./rpc.ts";
import { setRequestState } from "./set-request-state.ts";
import { loadRequest } from "./store.ts";
import { requestKey } from "./storing/keys.ts";
import { submitReview } from "./submit-review.ts";
import { askingRole, HOUR, NOW, reviewBy, reviewingRole, wishFor } from "./testing/examples.ts";
import { openSmallCluster, type SmallCluster } from "./testing/small-cluster.ts";
import { checkRequestInUse } from "./using/check-request-in-use.ts";
import { readRequest } from "./wire/read-request.ts";

const two = { name: "two", filter: "", approve: 2, deny: 1 };
const asks = askingRole("asks", { allow: { roles: ["dev", "ops"], thresholds: [two] } });
const reviews = reviewingRole("reviews", { roles: ["dev"] });
const plugin = newRole("access-plugin", {
  allow: {
    rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"], where: "", actions: [] }],
  },
});
const blind = newRole("blind", {
  deny: { rules: [{ resources: ["access_request"], verbs: ["*"], where: "", actions: [] }] },
});
const reviewers = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`rev${i}`, { roles: [reviews] }]));

function open(): Promise<SmallCluster> {
  const users = {
    alice: { roles: [asks] },
    bob: { roles: [reviews] },
    cas: { roles: [reviews] },
    zoe: { roles: [] },
    mute: { roles: [asks, blind] },
    plugin: { roles: [plugin] },
    ...reviewers,
  };
  return openSmallCluster(users, [newRole("dev"), newRole("ops")]);
}

async function ask(cluster: SmallCluster, roles = ["dev"], user = "alice"): Promise<string> {
  const { request } = await createRequest(cluster.deps, wishFor({ user, roles }), cluster.call(user));
  return request.id;
}

function isReason(reason: string) {
  return (error: unknown) => error instanceof AppError && error.reason === reason;
}

test("asked, reviewed twice, approved, used, expired and remembered, with an audit entry for each act", async () => {
  const cluster = await open();
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

const everything = {
  filter: { user: "", state: "NONE" as const, from: undefined, to: undefined, words: [] },
  limit: 0,
  token: "",
  maxBytes: 1e6,
};

test("the methods of the wire never return what has ended; the history does", async () => {
  const cluster = await open();
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
  const cluster = await open();
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

async function listPage(cluster: SmallCluster, name: string, parts: Partial<RequestListing> = {}) {
  const call = cluster.call(name);
  const filter = { ...anyRequest, requester: name, ...parts.filter };
  const sight = await findSight(cluster.deps, call.caller, filter.user);
  const listing = {
    sort: "DEFAULT",
    descending: false,
    limit: 0,
    startKey: "",
    maxBytes: 1e6,
    ...parts,
    filter,
  } as const;
  return listRequests(cluster.backend, sight, listing, call.now);
}

async function listIds(cluster: SmallCluster, name: string, parts: Partial<RequestListing> = {}) {
  return (await listPage(cluster, name, parts)).items.map((bytes) => readRequest(bytes).id);
}

test("lists show what is in sight, in every order, page by page", async () => {
  const cluster = await open();
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

async function walkPages(cluster: SmallCluster, parts: Partial<RequestListing>): Promise<readonly string[]> {
  const ids: string[] = [];
  let startKey = "";
  do {
    const page = await listPage(cluster, "plugin", { ...parts, limit: 3, startKey });
    ids.push(...page.items.map((bytes) => readRequest(bytes).id));
    startKey = page.nextKey;
  } while (startKey !== "");
  assert.equal(ids.length, new Set(ids).size, "nothing twice");
  return ids;
}

const approval = {
  state: "APPROVED",
  reason: "",
  annotations: {},
  roles: [],
  assumeStartAt: undefined,
} as const;

test("an expired request leaves the lists at once and is found by its id until it is swept", async () => {
  const cluster = await open();
  const id = await ask(cluster);
  cluster.clock.advance(12 * HOUR);
  assert.deepEqual(await listIds(cluster, "plugin"), []);
  assert.deepEqual(await listIds(cluster, "plugin", { filter: { ...anyRequest, id } }), [id]);
  assert.equal(await expireRequests(cluster.deps), 0, "pending requests have 40 s more");
  cluster.clock.advance(40_000);
  assert.equal(await expireRequests(cluster.deps), 1);
  assert.deepEqual(await listIds(cluster, "plugin", { filter: { ...anyRequest, id } }), []);
});

test("the sweeper works on its timer until it is stopped", async () => {
  const cluster = await open();
  const id = await ask(cluster);
  const stop = startExpiry(cluster.deps, { everyMs: 1000, onError: (error) => assert.fail(String(error)) });
  cluster.clock.advance(13 * HOUR);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await loadRequest(cluster.backend, id), undefined);
  stop();
});

test("many reviewers at once: each review counts once, none is lost", async () => {
  const cluster = await open();
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
  const cluster = await open();
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

test("what is not one's own looks as if it were not there", async () => {
  const cluster = await open();
  const id = await ask(cluster);
  assert.deepEqual(await listIds(cluster, "zoe", { filter: { ...anyRequest, id } }), []);
  const missing = setRequestState(cluster.deps, id, approval, "", cluster.call("zoe"));
  await assert.rejects(missing, isReason("NOT_FOUND"));
  await assert.rejects(deleteRequest(cluster.deps, "nope", cluster.call("Admin")), isReason("NOT_FOUND"));
});

test("who may create: oneself, unless a rule denies it, and those with the rule", async () => {
  const cluster = await open();
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
  const cluster = await open();
  const wish = wishFor({ roles: ["dev"], dryRun: true });
  const { bytes } = await createRequest(cluster.deps, wish, cluster.call("alice"));
  const message = fromBinary(AccessRequestV3Schema, bytes);
  assert.equal(message.Spec?.DryRun, true);
  assert.equal(message.Spec?.DryRunEnrichment?.ReasonMode, "optional");
  assert.deepEqual(await listIds(cluster, "Admin"), []);
  assert.equal((await cluster.audit()).length, 0);
});

test("the answer to a creation is what is stored, byte for byte", async () => {
  const cluster = await open();
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
  const cluster = await open();
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

test("threat 35: a request id that climbs or is foreign finds nothing", async () => {
  const cluster = await open();
  for (const id of ["../roles/admin", "a/params", "%2e%2e", "x".repeat(300)]) {
    await assert.rejects(deleteRequest(cluster.deps, id, cluster.call("Admin")), isReason("NOT_FOUND"));
  }
});
