import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError, emptyIdentity, type Reason } from "@sallyport/api";
import { GetLocksResponseSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { type LockV2, LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import fc from "fast-check";
import type { AuditEntry } from "../audit/index.ts";
import { builtinRolesOf, permissionsOf } from "../roles/index.ts";
import { type Call, Encoded, writeTime } from "../rpc/index.ts";
import { fakeCall, fakeSystem, fakeUser, testNow } from "../rpc/testing/fake-call.ts";
import { type Backend, key, prefix } from "../storage/index.ts";
import { MemoryBackend } from "../storage/memory/memory-backend.ts";
import { decideLock, hits, lockSubjectsOf } from "./decide-lock.ts";
import { type Lock, lockTargetFields } from "./lock.ts";
import { lockRpcs } from "./rpc.ts";
import { createLockStore, lockOf } from "./store.ts";
import { type LockView, openLockView } from "./view.ts";

const HOUR_MS = 3_600_000;
const lock = (parts: Partial<Lock>): Lock => ({
  name: "l",
  target: {},
  message: "",
  expiresAt: undefined,
  createdAt: undefined,
  createdBy: "",
  ...parts,
});
const knowing = (...locks: Lock[]) => ({
  isStale: false,
  naming: ({ field, value }: { field: keyof Lock["target"]; value: string }) =>
    locks.filter((one) => one.target[field] === value),
});
const user = (value: string) => ({ field: "user", value }) as const;

describe("decideLock", () => {
  const alice = [user("alice"), { field: "role", value: "dev" }] as const;
  const cases: readonly [string, Lock, boolean][] = [
    ["a lock on the user", lock({ target: { user: "alice" } }), true],
    ["a lock on somebody else", lock({ target: { user: "bob" } }), false],
    ["threat 20: a lock on the user in another case", lock({ target: { user: "Alice" } }), false],
    ["a lock on a role held", lock({ target: { role: "dev" } }), true],
    ["a user called as the role", lock({ target: { role: "alice" } }), false],
    ["any one of several fields", lock({ target: { user: "bob", role: "dev" } }), true],
    ["a lock that ends later", lock({ target: { user: "alice" }, expiresAt: testNow + 1 }), true],
    ["a lock that ends now", lock({ target: { user: "alice" }, expiresAt: testNow }), false],
  ];
  for (const [name, one, locked] of cases) {
    it(name, () => {
      assert.equal(decideLock(knowing(one), alice, testNow).locked, locked);
      if (one.expiresAt === undefined) assert.equal(hits(one, alice), locked);
    });
  }

  it("says what is locked and why", () => {
    const verdict = decideLock(knowing(lock({ target: { user: "alice" }, message: "left" })), alice, testNow);
    assert.ok(verdict.locked);
    assert.equal(verdict.because, 'lock targeting user "alice" is in force: left');
  });

  it("a stale view refuses in strict mode only", () => {
    const stale = { ...knowing(), isStale: true };
    assert.equal(decideLock(stale, alice, testNow, "strict").locked, true);
    assert.equal(decideLock(stale, alice, testNow, "best_effort").locked, false);
  });

  it("another lock never unlocks", () => {
    const anyLock = fc
      .record({
        field: fc.constantFrom(...lockTargetFields),
        value: fc.constantFrom("alice", "dev", "x"),
        expiresAt: fc.option(fc.integer({ min: testNow - 5, max: testNow + 5 }), { nil: undefined }),
      })
      .map(({ field, value, expiresAt }) => lock({ target: { [field]: value }, expiresAt }));
    fc.assert(
      fc.property(fc.array(anyLock), anyLock, (locks, more) => {
        const before = decideLock(knowing(...locks), alice, testNow).locked;
        const after = decideLock(knowing(more, ...locks), alice, testNow).locked;
        assert.ok(after || !before);
      }),
    );
  });
});

describe("lockSubjectsOf", () => {
  it("names everything in a certificate", () => {
    const identity = {
      ...emptyIdentity("alice"),
      roles: ["dev"],
      activeRequests: ["r1"],
      mfaVerified: "m1",
      device: { id: "d1", assetTag: "", credentialId: "" },
    };
    assert.deepEqual(
      lockSubjectsOf(identity, false).map(({ field, value }) => `${field}=${value}`),
      ["user=alice", "role=dev", "access_request=r1", "mfa_device=m1", "device=d1"],
    );
  });

  it("a service has its host id in both forms", () => {
    const identity = {
      ...emptyIdentity("h1.c"),
      roles: ["Instance"],
      systemRoles: ["Node"],
      teleportCluster: "c",
    };
    assert.deepEqual(
      lockSubjectsOf(identity, true).map(({ field, value }) => `${field}=${value}`),
      ["user=h1.c", "role=Instance", "role=Node", "server_id=h1", "server_id=h1.c"],
    );
    assert.deepEqual(
      lockSubjectsOf({ ...identity, username: "h1" }, true).filter(({ field }) => field === "server_id"),
      [
        { field: "server_id", value: "h1" },
        { field: "server_id", value: "h1.c" },
      ],
    );
  });
});

const adminPermissions = permissionsOf(builtinRolesOf("c")(["Admin"]), {
  name: "h.c",
  roles: [],
  traits: {},
});
const admin = fakeCall(fakeSystem("h.c", ["Admin"], adminPermissions));
const nobody = fakeCall(fakeUser("eve", [], permissionsOf([], { name: "eve", roles: [], traits: {} })));
const wire = (name: string, target: object, spec: object = {}): LockV2 =>
  create(LockV2Schema, { Metadata: { Name: name }, Spec: { Target: target, ...spec } });

let backend: Backend;
let written: AuditEntry[];
let view: LockView;
let rpcs: ReturnType<typeof lockRpcs>;
let now: number;

beforeEach(async () => {
  now = testNow;
  const clock = { now: () => now, after: () => () => {} };
  backend = new MemoryBackend({ clock });
  written = [];
  view = await openLockView(backend, clock);
  rpcs = lockRpcs({
    backend,
    locks: createLockStore(backend),
    auditChange: (entry) => {
      written.push(entry);
      const value = Buffer.from(JSON.stringify(entry));
      return {
        op: "put",
        key: key("audit", String(written.length)),
        value,
        revision: "1" as never,
        condition: { is: "any" },
      };
    },
  });
});

const upsert = async (one: LockV2, call: Call = admin) => rpcs.upsertLock.handle(one, call);
const list = async (parts: object = {}, call: Call = admin) => {
  const reply = await rpcs.getLocks.handle({ Targets: [], InForceOnly: false, ...parts } as never, call);
  assert.ok(reply instanceof Encoded);
  return fromBinary(GetLocksResponseSchema, reply.bytes).Locks.map((one) => one.Metadata?.Name);
};
const refused = (run: unknown, reason: Reason) =>
  assert.rejects(
    async () => run,
    (error) => error instanceof AppError && error.reason === reason,
  );

describe("the view of locks", () => {
  it("threat 18: hits from the very answer of the write, and no longer after the delete", async () => {
    await upsert(wire("l1", { User: "alice" }));
    assert.match(view.lockOn([user("alice")], now) ?? "", /alice/);
    assert.equal(view.lockOn([user("bob")], now), undefined);
    await upsert(wire("l1", { User: "bob" }));
    assert.equal(view.lockOn([user("alice")], now), undefined);
    assert.ok(view.lockOn([user("bob")], now));
    await rpcs.deleteLock.handle({ Name: "l1" } as never, admin);
    assert.equal(view.lockOn([user("bob")], now), undefined);
  });

  it("threat 18: tells listeners of every lock that comes into force", async () => {
    const heard: string[] = [];
    const stop = view.onLock((one) => heard.push(one.name));
    await upsert(wire("l1", { User: "alice" }));
    await upsert(wire("over", { User: "alice" }, { Expires: writeTime(testNow - 1) }));
    stop();
    await upsert(wire("l2", { User: "alice" }));
    assert.deepEqual(heard, ["l1"]);
  });

  it("knows what was stored before it was opened, also of other clusters", async () => {
    await upsert(wire("l1", { Role: "dev" }));
    const remote = fakeCall({
      ...admin.caller,
      identity: { ...emptyIdentity("x"), teleportCluster: "leaf" },
    });
    const request = {
      ClusterName: "leaf",
      Locks: [wire("r1", { User: "carol" }), wire("r2", { User: "dave" })],
    };
    await rpcs.replaceRemoteLocks.handle(request as never, remote);
    const later = await openLockView(backend, { now: () => now, after: () => () => {} });
    assert.ok(later.lockOn([{ field: "role", value: "dev" }], now));
    assert.ok(later.lockOn([{ ...user("carol"), cluster: "leaf" }], now));
    await rpcs.replaceRemoteLocks.handle(
      { ClusterName: "leaf", Locks: [wire("r2", { User: "dave" })] } as never,
      remote,
    );
    assert.equal(later.lockOn([{ ...user("carol"), cluster: "leaf" }], now), undefined);
    assert.ok(view.lockOn([{ ...user("dave"), cluster: "leaf" }], now));
    // Nobody of this cluster or a third one is kept out by what the other cluster says (threat 35).
    assert.equal(view.lockOn([user("dave")], now), undefined);
    assert.equal(view.lockOn([{ ...user("dave"), cluster: "third" }], now), undefined);
    await refused(
      rpcs.replaceRemoteLocks.handle({ ClusterName: "other", Locks: [] } as never, remote),
      "ACCESS_DENIED",
    );
  });

  it("threat 9: what another cluster sends again changes nothing, and it cannot send without end", async () => {
    const identity = { ...emptyIdentity("x"), teleportCluster: "leaf" };
    const remote = fakeCall({ ...admin.caller, identity });
    const send = (...Locks: LockV2[]) =>
      rpcs.replaceRemoteLocks.handle({ ClusterName: "leaf", Locks } as never, remote);
    const changed: string[] = [];
    const watch = await backend.watch({
      prefixes: [prefix("remote_locks")],
      onChanges: (changes) => changed.push(...changes.map((one) => one.key.split("/").at(-1) ?? "")),
      onEnd: () => {},
    });
    await send(wire("r1", { User: "carol" }), wire("r2", { User: "dave" }));
    await send(wire("r1", { User: "carol" }), wire("r2", { User: "eve" }));
    watch.close();
    assert.deepEqual(changed, ["r1", "r2", "r2"]);
    const many = Array.from({ length: 5_001 }, (_, index) => wire(`r${index}`, { User: "carol" }));
    await refused(send(...many), "LIMIT_EXCEEDED");
  });

  it("a lock ends at its time", async () => {
    await upsert(wire("l1", { User: "alice" }, { Expires: writeTime(testNow + HOUR_MS) }));
    assert.ok(view.lockOn([user("alice")], now));
    assert.equal(view.lockOn([user("alice")], now + HOUR_MS), undefined);
  });

  it("is stale once it no longer hears of changes", async () => {
    await backend.close();
    assert.equal(view.isStale, true);
    assert.ok(view.lockOn([user("x")], now, "strict"));
  });
});

describe("locks, written and read", () => {
  it("say who made them and when, and are audited", async () => {
    await upsert(wire("l1", { User: "alice" }, { CreatedAt: { seconds: -62135596800n, nanos: 0 } }));
    const reply = await rpcs.getLock.handle({ Name: "l1" } as never, admin);
    assert.ok(reply instanceof Encoded);
    const stored = lockOf(fromBinary(LockV2Schema, reply.bytes));
    assert.deepEqual([stored.createdAt, stored.createdBy, stored.expiresAt], [testNow, "Admin", undefined]);
    await rpcs.deleteLock.handle({ Name: "l1" } as never, admin);
    assert.deepEqual(
      written.map(({ event, code, name, lock: about }) => [event, code, name, about]),
      [
        ["lock.created", "TLK00I", "l1", { target: { user: "alice" } }],
        ["lock.deleted", "TLK01I", "l1", { target: { user: "alice" } }],
      ],
    );
    assert.equal(written[0]?.expires, "0001-01-01T00:00:00Z");
    await upsert(wire("l2", { User: "bob" }, { Expires: writeTime(testNow + HOUR_MS) }));
    assert.equal(written.at(-1)?.expires, new Date(testNow + HOUR_MS).toISOString());
    await refused(rpcs.deleteLock.handle({ Name: "l1" } as never, admin), "NOT_FOUND");
    await refused(rpcs.getLock.handle({ Name: "l1" } as never, admin), "NOT_FOUND");
  });

  it("threat 24: each act has its entry in its own commit", async () => {
    await upsert(wire("l1", { User: "alice" }));
    await upsert(wire("l1", { User: "bob" }));
    await rpcs.deleteLock.handle({ Name: "l1" } as never, admin);
    const { items } = await backend.list({ prefix: prefix("audit"), limit: 10 });
    assert.deepEqual(
      items.map(({ value }) => JSON.parse(Buffer.from(value).toString()).code),
      ["TLK00I", "TLK00I", "TLK01I"],
    );
  });

  it("need a target and a name", async () => {
    await refused(upsert(wire("l1", {})), "BAD_PARAMETER");
    await refused(upsert(wire("", { User: "a" })), "BAD_PARAMETER");
    await refused(upsert(wire("a\nb", { User: "a" })), "BAD_PARAMETER");
  });

  it("the older name of a server is read", async () => {
    await upsert(wire("l1", { Node: "host-1" }));
    assert.ok(view.lockOn([{ field: "server_id", value: "host-1" }], now));
  });

  it("are listed by target and by whether they are in force", async () => {
    await upsert(wire("l1", { User: "alice" }));
    await upsert(wire("l2", { User: "alice", Role: "dev" }, { Expires: writeTime(testNow - 1) }));
    await upsert(wire("l3", { Role: "ops" }));
    assert.deepEqual(await list(), ["l1", "l2", "l3"]);
    assert.deepEqual(await list({ InForceOnly: true }), ["l1", "l3"]);
    assert.deepEqual(await list({ Targets: [{ User: "alice" }] }), ["l1", "l2"]);
    assert.deepEqual(await list({ Targets: [{}, { Role: "ops" }] }), ["l3"]);
    assert.deepEqual(await list({ Targets: [{ User: "alice", Role: "dev" }, { Role: "ops" }] }), [
      "l2",
      "l3",
    ]);
  });

  it("threat 13: nobody without a rule reads or writes them", async () => {
    await upsert(wire("l1", { User: "alice" }));
    await refused(upsert(wire("l2", { User: "root" }), nobody), "ACCESS_DENIED");
    await refused(list({}, nobody), "ACCESS_DENIED");
    for (const Name of ["l1", "none"]) {
      await refused(rpcs.getLock.handle({ Name } as never, nobody), "ACCESS_DENIED");
      await refused(rpcs.deleteLock.handle({ Name } as never, nobody), "ACCESS_DENIED");
    }
    assert.ok(view.lockOn([user("alice")], now));
  });

  it("threat 9: nobody without a rule has the locks read through for a refusal", async (context) => {
    const read = context.mock.method(backend, "list");
    await refused(list({}, nobody), "ACCESS_DENIED");
    assert.equal(read.mock.callCount(), 0);
  });
});
