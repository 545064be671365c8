import assert from "node:assert/strict";
import { test } from "node:test";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuditLogService } from "#gen/teleport/auditlog/v1/auditlog_pb.js";
import { AuthService } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { RequestState } from "#gen/teleport/legacy/types/types_pb.js";
import { UsersService } from "#gen/teleport/users/v1/users_service_pb.js";
import { grpcCodes, isAppError } from "../errors/index.ts";
import { createClient } from "./client.ts";
import type { PluginData } from "./plugin-data.ts";
import { FakeServer } from "./testing/fake-server.ts";
import { TestPace } from "./testing/test-pace.ts";
import { StatusError } from "./transport.ts";

const { method } = AuthService;
const request = (Name: string) => ({ Kind: "access_request", Metadata: { Name }, Spec: { User: "alice" } });
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const nameOf = ({ Metadata }: { Metadata?: { Name: string } | undefined }) => Metadata?.Name;

test("every method of the wire is a typed function; version and deadline go with each call", async () => {
  const server = new FakeServer().answer(method.getRole, ({ Name }) => ({ Metadata: { Name } }));
  assert.equal((await createClient(server).auth.getRole({ Name: "ops" })).Metadata?.Name, "ops");
  const client = createClient(server, { version: false, timeoutMs: 0, headers: { a: "1", b: "1" } });
  await client.auth.getRole({ Name: "ops" }, { timeoutMs: 5, headers: { b: "2" } });
  await client.auth.getRole({ Name: "ops" });
  const seen = server.calls.map(({ options }) => [options.headers, options.timeoutMs]);
  assert.deepEqual(seen, [
    [{ version: "18.0.0" }, 30_000],
    [{ a: "1", b: "2" }, 5],
    [{ a: "1", b: "1" }, undefined],
  ]);
});

test("an aborted call is CANCELLED, or DEADLINE_EXCEEDED when a timeout aborted it, and is not sent when it was before", async () => {
  const client = createClient(new FakeServer());
  const aborted = client.ping({ signal: AbortSignal.abort() });
  await assert.rejects(aborted, (error) => isAppError(error, "CANCELLED"));
  const late = AbortSignal.abort(new DOMException("late", "TimeoutError"));
  await assert.rejects(client.ping({ signal: late }), (error) => isAppError(error, "DEADLINE_EXCEEDED"));
});

test("requests are listed page after page, only as far as they are asked for", async () => {
  const server = new FakeServer().answer(method.listAccessRequests, ({ StartKey, Limit, Filter }) => {
    assert.deepEqual([Limit, Filter?.State], [2, RequestState.PENDING]);
    return {
      AccessRequests: [request(`${StartKey}a`), request(`${StartKey}b`)],
      NextKey: StartKey === "xx" ? "" : `${StartKey}x`,
    };
  });
  const list = () => createClient(server).accessRequests.list({ state: "PENDING" }, { pageSize: 2 });
  const names = [];
  for await (const one of list()) names.push(nameOf(one));
  assert.deepEqual(names, ["a", "b", "xa", "xb", "xxa", "xxb"]);
  server.calls.length = 0;
  for await (const _ of list()) break;
  assert.equal(server.calls.length, 1);
});

test("a server without pages is asked by the older methods, newest of them first", async () => {
  const old = new FakeServer().answer(method.getAccessRequests, () => ({ AccessRequests: [request("a")] }));
  const newer = new FakeServer().stream(method.getAccessRequestsV2, async function* () {
    yield request("b");
    yield request("c");
  });
  const names = async (server: FakeServer) =>
    (await all(createClient(server).accessRequests.list())).map(nameOf);
  assert.deepEqual(await names(old), ["a"]);
  assert.deepEqual(await names(newer), ["b", "c"]);
  assert.deepEqual(
    old.calls.map(({ path }) => path.split("/")[2]),
    ["ListAccessRequests", "GetAccessRequestsV2", "GetAccessRequests"],
  );
  const nothing = createClient(new FakeServer()).accessRequests.list().next();
  await assert.rejects(nothing, (error) => isAppError(error, "NOT_IMPLEMENTED"));
});

test("a page that is too large to receive is asked for again in half the size", async () => {
  const sizes: number[] = [];
  const server = new FakeServer().answer(method.listAccessRequests, ({ Limit }) => {
    sizes.push(Limit);
    if (Limit > 60)
      throw new StatusError(grpcCodes.resource_exhausted, "Received message larger than max (5 vs. 4)");
    return { AccessRequests: [request("a")] };
  });
  assert.equal((await all(createClient(server).accessRequests.list())).length, 1);
  assert.deepEqual(sizes, [200, 100, 50]);
});

test("a server that repeats a page cannot hold a program in an endless list", async () => {
  const server = new FakeServer().answer(method.listAccessRequests, () => ({
    AccessRequests: [],
    NextKey: "again",
  }));
  const listing = all(createClient(server).accessRequests.list());
  await assert.rejects(listing, (error) => isAppError(error, "INTERNAL"));
});

test("one request: by its id, and NOT_FOUND where the list has none", async () => {
  const server = new FakeServer().answer(method.listAccessRequests, ({ Filter }) => ({
    AccessRequests: Filter?.ID === "a" ? [request("a")] : [],
  }));
  const { accessRequests } = createClient(server);
  assert.equal(nameOf(await accessRequests.get("a")), "a");
  await assert.rejects(accessRequests.get("b"), (error) => isAppError(error, "NOT_FOUND"));
  await assert.rejects(accessRequests.get(""), (error) => isAppError(error, "BAD_PARAMETER"));
});

test("a request is created with its times, and by the older method where there is no newer one", async () => {
  const wish = { user: "alice", roles: ["ops"], reason: "deploy", maxDurationAt: 2000, expiresAt: 1000 };
  const now = new FakeServer().answer(method.createAccessRequestV2, (sent) => {
    assert.equal(sent.Spec?.State, RequestState.PENDING);
    assert.deepEqual(sent.Spec?.MaxDuration, timestampFromMs(2000));
    assert.deepEqual(sent.Metadata?.Expires, timestampFromMs(1000));
    assert.equal(sent.Spec?.Expires, undefined);
    return request("named");
  });
  assert.equal(nameOf(await createClient(now).accessRequests.create(wish)), "named");
  let stored: string | undefined;
  const old = new FakeServer()
    .answer(method.createAccessRequest, (sent) => {
      stored = sent.Metadata?.Name;
      return {};
    })
    .answer(method.getAccessRequests, ({ ID }) => ({ AccessRequests: [request(ID)] }));
  assert.equal(nameOf(await createClient(old).accessRequests.create(wish)), stored);
});

test("answers carry state, reason, delegator, roles and annotations", async () => {
  const seen: unknown[] = [];
  const server = new FakeServer()
    .answer(method.setAccessRequestState, (sent) => {
      seen.push([
        sent.ID,
        sent.State,
        sent.Reason,
        sent.Delegator,
        sent.Roles,
        sent.Annotations?.Values.a?.Values,
      ]);
      return {};
    })
    .answer(method.submitAccessReview, (sent) => {
      seen.push([sent.RequestID, sent.Review?.ProposedState, sent.Review?.Reason]);
      return request(sent.RequestID);
    });
  const { accessRequests } = createClient(server);
  await accessRequests.approve("r", {
    reason: "ok",
    delegator: "bot",
    roles: ["ops"],
    annotations: { a: ["1", "2"] },
  });
  await accessRequests.deny("r");
  await accessRequests.review("r", { state: "DENIED", reason: "no" });
  assert.deepEqual(seen, [
    ["r", RequestState.APPROVED, "ok", "bot", ["ops"], ["1", "2"]],
    ["r", RequestState.DENIED, "", "", [], undefined],
    ["r", RequestState.DENIED, "no"],
  ]);
});

/** Plugin data as a server keeps it; `meddle` writes before each update. */
function pluginServer(data: Record<string, string>, meddle: (attempt: number) => void = () => {}) {
  let attempt = 0;
  return new FakeServer()
    .answer(method.getPluginData, ({ Resource }) => {
      if (Resource === "gone") throw new StatusError(grpcCodes.not_found, "gone");
      return {
        PluginData: [{ Metadata: { Name: Resource }, Spec: { Entries: { slack: { Data: { ...data } } } } }],
      };
    })
    .answer(method.updatePluginData, ({ Set: set, Expect }) => {
      meddle(attempt++);
      for (const [key, value] of Object.entries(Expect)) {
        if ((data[key] ?? "") !== value) throw new StatusError(grpcCodes.failed_precondition, "changed");
      }
      for (const [key, value] of Object.entries(set)) {
        if (value === "") delete data[key];
        else data[key] = value;
      }
      return {};
    });
}

const place = { plugin: "slack", resource: "r" };

test("compare-and-swap repeats until nobody was faster, pausing longer each time", async () => {
  const data: Record<string, string> = { count: "1", old: "x" };
  const server = pluginServer(data, (attempt) => {
    if (attempt < 3) data.count = String(Number(data.count) + 1);
  });
  const pace = new TestPace();
  const next = (now: PluginData) => ({ count: String(Number(now.count) + 100) });
  const written = await createClient(server, { pace }).pluginData.compareAndSwap(place, next);
  assert.deepEqual(data, { count: "104" }, "nothing of the others is lost, and what was left out is removed");
  assert.deepEqual(written, { count: "104" });
  assert.deepEqual(pace.waited, [1, 2, 4]);
});

test("compare-and-swap notices a note that appeared meanwhile, and gives up in the end", async () => {
  const fresh: Record<string, string> = {};
  const once = pluginServer(fresh, (attempt) => {
    if (attempt === 0) fresh.message = "theirs";
  });
  const claim = (now: PluginData) => (now.message === undefined ? { message: "ours" } : undefined);
  const result = await createClient(once, { pace: new TestPace() }).pluginData.compareAndSwap(place, claim);
  assert.deepEqual(result, { message: "theirs" });
  const data: Record<string, string> = {};
  const busy = pluginServer(data, (attempt) => {
    data.message = String(attempt);
  });
  const pace = new TestPace();
  const hopeless = createClient(busy, { pace }).pluginData.compareAndSwap(place, () => ({ message: "ours" }));
  await assert.rejects(hopeless, (error) => isAppError(error, "COMPARE_FAILED"));
  assert.equal(Math.max(...pace.waited), 1000);
});

test("plugin data of what is not there is empty; other failures pass", async () => {
  const { pluginData } = createClient(pluginServer({ a: "1" }));
  assert.deepEqual(await pluginData.get({ ...place, resource: "gone" }), {});
  assert.deepEqual(await pluginData.get({ ...place, plugin: "jira" }), {});
  assert.deepEqual(await pluginData.get(place), { a: "1" });
});

test("users and roles are listed in pages; a role is written by the older method where there is no newer one", async () => {
  const server = new FakeServer()
    .answer(UsersService.method.listUsers, ({ pageToken }) => ({
      users: [{ Metadata: { Name: `u${pageToken}` } }],
      nextPageToken: pageToken === "" ? "2" : "",
    }))
    .answer(method.getRoles, () => ({ Roles: [{ Metadata: { Name: "ops" } }] }))
    .answer(method.upsertRole, () => ({}))
    .answer(method.getRole, ({ Name }) => ({ Metadata: { Name, Revision: "r2" } }));
  const client = createClient(server);
  assert.deepEqual((await all(client.users.list())).map(nameOf), ["u", "u2"]);
  assert.deepEqual((await all(client.roles.list())).map(nameOf), ["ops"]);
  assert.equal((await client.roles.upsert({ Metadata: { Name: "ops" } })).Metadata?.Revision, "r2");
});

test("a lock is named where it has no name", async () => {
  const names: (string | undefined)[] = [];
  const server = new FakeServer().answer(method.upsertLock, (lock) => {
    names.push(nameOf(lock));
    return {};
  });
  const { locks } = createClient(server);
  const name = await locks.put({ target: { User: "mallory" } });
  assert.equal(await locks.put({ target: { User: "mallory" }, name: "mine" }), "mine");
  assert.deepEqual(names, [name, "mine"]);
  assert.match(name, /^[0-9a-f-]{36}$/);
});

test("certificates are asked for by public keys and come as text", async () => {
  const server = new FakeServer().answer(method.generateUserCerts, (sent) => {
    assert.equal(new TextDecoder().decode(sent.TLSPublicKey), "PEM");
    assert.deepEqual([sent.AccessRequests, sent.UseRoleRequests, sent.Expires?.seconds], [["r"], false, 9n]);
    return { TLS: new TextEncoder().encode("CERT"), TLSCACerts: [new TextEncoder().encode("CA")] };
  });
  const wish = { user: "alice", tlsPublicKey: "PEM", expiresAt: 9000, accessRequests: ["r"] };
  const certs = await createClient(server).certificates.generateUserCerts(wish);
  assert.deepEqual(certs, { tls: "CERT", ssh: "", tlsCas: ["CA"], sshCas: [] });
});

test("the tail of the audit log gives each event once, waits out an absence, and ends with the signal", async () => {
  const pace = new TestPace();
  const start = pace.now();
  const item = (id: string, at: number) => ({
    id,
    type: "user.login",
    time: timestampFromMs(at),
    unstructured: { ei: 0 },
  });
  const answers = [
    () => [item("a", start + 1), item("b", start + 2)],
    () => {
      throw new StatusError(grpcCodes.unavailable, "away");
    },
    () => [item("a", start + 1), item("late", start + 1), item("b", start + 2), item("c", start + 70_000)],
    () => [item("c", start + 70_000), item("d", start + 70_001)],
  ];
  const starts: (bigint | undefined)[] = [];
  let round = 0;
  const server = new FakeServer().answer(AuditLogService.method.getUnstructuredEvents, (sent) => {
    assert.equal(sent.order, 0, "which asks for the oldest first");
    starts.push(sent.startDate?.seconds);
    return { items: answers[round++]?.() ?? [] };
  });
  const ending = new AbortController();
  const seen: string[] = [];
  for await (const event of createClient(server, { pace }).events.tail({ signal: ending.signal })) {
    seen.push(event.id);
    if (event.id === "d") ending.abort();
  }
  assert.deepEqual(seen, ["a", "b", "late", "c", "d"]);
  assert.deepEqual(pace.waited, [2000, 100, 2000]);
  assert.equal(
    starts.at(-1),
    BigInt(start / 1000 + 10),
    "what is a minute older than the newest is not read again",
  );
});
