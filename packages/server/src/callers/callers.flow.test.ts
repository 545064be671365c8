import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Identity, isAppError, type Reason } from "@sallyport/api";
import { LockV2Schema, RoleV6Schema, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { createVerifyPeer } from "../authority/index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "../authority/testing/open-authority.ts";
import { createLockStore, type LockView, openLockView } from "../locks/index.ts";
import { createRoleStore, type LockingMode, type RoleStore } from "../roles/index.ts";
import { type Caller, type Connection, writeTime } from "../rpc/index.ts";
import { createUserStore, type UserStore } from "../users/index.ts";
import {
  type Authenticate,
  type CallerEpoch,
  createAuthenticate,
  createStreamWatch,
  openCallerEpoch,
} from "./index.ts";

const HOUR = 3_600_000;
let clock: StoppedClock;
let authority: SmallAuthority;
let roles: RoleStore;
let users: UserStore;
let lockView: LockView;
let epoch: CallerEpoch;
let authenticate: Authenticate;
let lookups: number;
let clusterMode: LockingMode;

beforeEach(async () => {
  clock = new StoppedClock();
  authority = await openAuthority(clock);
  const { backend, keyring } = authority;
  roles = createRoleStore(backend);
  users = createUserStore(backend);
  lockView = await openLockView(backend, clock);
  epoch = await openCallerEpoch(backend);
  lookups = 0;
  clusterMode = "best_effort";
  authenticate = createAuthenticate({
    clusterName: CLUSTER,
    userOf: (name) => {
      lookups += 1;
      return users.get(name);
    },
    rolesOf: roles.getAll,
    lockOn: (subjects, now, mode) => lockView.lockOn(subjects, now, mode),
    lockingMode: async () => clusterMode,
    isRevoked: (certificate) => authority.revocations.ofShown(certificate) !== undefined,
    trusts: (peer) => (peer.isSystem ? keyring.host : keyring.user).trusted.includes(peer.ca),
    roleMapOf: () => undefined,
    epoch: epoch.now,
  });
  await putRole("dev");
  await putUser("alice", ["dev"]);
});

const putRole = (Name: string, options: object = {}) =>
  roles.resources.upsert(
    create(RoleV6Schema, {
      Kind: "role",
      Version: "v8",
      Metadata: { Name },
      Spec: { Options: options, Allow: { Rules: [{ Resources: ["user"], Verbs: ["read"] }] } },
    }),
  );
const putUser = (Name: string, Roles: string[], metadata: object = {}) =>
  users.resources.upsert(
    create(UserV2Schema, { Kind: "user", Version: "v2", Metadata: { Name, ...metadata }, Spec: { Roles } }),
  );
const putLock = (Target: object, spec: object = {}) =>
  createLockStore(authority.backend).upsert(
    create(LockV2Schema, { Kind: "lock", Version: "v2", Metadata: { Name: "l" }, Spec: { Target, ...spec } }),
  );

async function connect(
  identity: Partial<Identity> = { roles: ["dev"] },
  by: "user" | "host" = "user",
  parts: Partial<Connection> = {},
): Promise<Connection> {
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  const der = await authority.issue(by, identity);
  const verdict = await createVerifyPeer(authority.keyring, clock, CLUSTER)([der], info);
  assert.ok(verdict.ok, verdict.ok ? "" : verdict.because);
  return {
    id: 1,
    protocol: "h2",
    peer: verdict.peer,
    remoteAddress: "192.0.2.7:50000",
    remoteIp: "192.0.2.7",
    remotePort: 50_000,
    serverName: undefined,
    close: () => {},
    ...parts,
  };
}

const call = async (connection: Connection): Promise<Caller> => authenticate(connection, clock.now());
const refusedAs = (reason: Reason) => (error: unknown) =>
  error instanceof AppError && error.reason === reason;
const node = { username: `id-1.${CLUSTER}`, roles: ["Node"] };

test("a user has the roles and traits of the certificate, and what these roles allow", async () => {
  await putUser("alice", []);
  const caller = await call(await connect({ roles: ["dev"], traits: { logins: ["root"] } }));
  assert.deepEqual([caller.kind, caller.name, caller.roles], ["user", "alice", ["dev"]]);
  assert.deepEqual(caller.traits, { logins: ["root"] });
  assert.equal(caller.permissions.check("user", ["read"]).allow, true);
  assert.equal(caller.permissions.check("user", ["delete"]).allow, false);
});

test("a certificate without roles falls back to the stored ones, with their locks", async () => {
  const connection = await connect({ roles: [] });
  assert.deepEqual((await call(connection)).roles, ["dev"]);
  await putLock({ Role: "dev" });
  await assert.rejects(call(connection), refusedAs("LOCKED"));
});

test("without a certificate one is nobody and may do nothing", async () => {
  const caller = await call({ ...(await connect()), peer: undefined });
  assert.deepEqual([caller.kind, caller.roles], ["anonymous", ["Nop"]]);
  assert.equal(caller.permissions.check("user", ["read"]).allow, false);
});

test("threat 18: a certificate that expires during the connection is refused at the next call", async () => {
  const connection = await connect();
  await call(connection);
  clock.advance(HOUR - 1);
  await call(connection);
  clock.advance(1);
  await assert.rejects(call(connection), refusedAs("CERTIFICATE_EXPIRED"));
});

const losses: [string, () => Promise<unknown>, Reason][] = [
  ["the user is deleted", () => users.resources.delete("alice"), "CALLER_GONE"],
  ["a role is deleted", () => roles.resources.delete("dev"), "CALLER_GONE"],
  ["the user is locked", () => putLock({ User: "alice" }), "LOCKED"],
  ["a role is locked", () => putLock({ Role: "dev" }), "LOCKED"],
  ["the request is locked", () => putLock({ AccessRequest: "r1" }), "LOCKED"],
  ["the second factor is locked", () => putLock({ MFADevice: "key-1" }), "LOCKED"],
];
for (const [name, happen, reason] of losses) {
  test(`threat 18: ${name}: the next call on the same connection is refused`, async () => {
    const connection = await connect({ roles: ["dev"], activeRequests: ["r1"], mfaVerified: "key-1" });
    await call(connection);
    await happen();
    await assert.rejects(call(connection), refusedAs(reason));
    await assert.rejects(call(connection), refusedAs(reason));
  });
}

test("threat 18: whoever is called can ask during the call whether the caller is locked by now", async () => {
  const alice = await call(await connect({ roles: ["dev"], activeRequests: ["r1"] }));
  const service = await call(await connect(node, "host"));
  assert.deepEqual(
    [alice, service].map(({ lockedBy }) => lockedBy?.(clock.now())),
    [undefined, undefined],
  );
  await putLock({ AccessRequest: "r1" });
  assert.match(alice.lockedBy?.(clock.now()) ?? "", /access_request "r1"/);
  assert.equal(service.lockedBy?.(clock.now()), undefined);
});

test("a lock that ends lets the caller in again, as does a user who is made again", async () => {
  const connection = await connect();
  await putLock({ User: "alice" }, { Expires: writeTime(clock.now() + 1000) });
  await assert.rejects(call(connection), refusedAs("LOCKED"));
  clock.advance(1000);
  await call(connection);
  await users.resources.delete("alice");
  await assert.rejects(call(connection));
  await putUser("alice", ["dev"]);
  await call(connection);
});

test("the locked learn that they are refused, not why", async () => {
  await putLock({ User: "alice" }, { Message: "under investigation" });
  await assert.rejects(call(await connect()), (error: Error) => {
    assert.doesNotMatch(error.message, /investigation|alice/);
    return true;
  });
});

test("nothing is looked up while nothing changes, and everything when something did", async () => {
  const connection = await connect();
  const first = await call(connection);
  assert.equal(await call(connection), first);
  assert.equal(lookups, 1);
  await roles.resources.delete("dev");
  await putRole("dev");
  assert.notEqual(await call(connection), first);
  assert.equal(lookups, 2);
});

test("threat 13: a role that loses a right loses it for callers that are known already", async () => {
  const connection = await connect();
  assert.equal((await call(connection)).permissions.check("user", ["read"]).allow, true);
  await roles.resources.upsert(
    create(RoleV6Schema, { Kind: "role", Version: "v8", Metadata: { Name: "dev" }, Spec: { Allow: {} } }),
  );
  assert.equal((await call(connection)).permissions.check("user", ["read"]).allow, false);
});

test("a change while the caller is being looked up is not lost", async () => {
  const connection = await connect();
  const [first] = await Promise.all([call(connection), users.resources.delete("alice")]).catch(() => [
    undefined,
  ]);
  assert.ok(first === undefined || first.name === "alice");
  await assert.rejects(call(connection), refusedAs("CALLER_GONE"));
});

test("once changes are not heard of any more, no known caller is trusted", async () => {
  const connection = await connect();
  await call(connection);
  epoch.close();
  await users.resources.delete("alice");
  await assert.rejects(call(connection), refusedAs("CALLER_GONE"));
});

const modes: [LockingMode, "" | LockingMode, boolean][] = [
  ["best_effort", "", true],
  ["strict", "", false],
  ["best_effort", "strict", false],
  ["strict", "best_effort", true],
];
for (const [cluster, role, passes] of modes) {
  test(`locks unknown, cluster ${cluster}, role ${role || "silent"}: ${passes ? "let in" : "refused"}`, async () => {
    await putRole("dev", { Lock: role });
    clusterMode = cluster;
    const connection = await connect();
    await call(connection);
    lockView.close();
    epoch.close();
    if (passes) await call(connection);
    else await assert.rejects(call(connection), refusedAs("LOCKED"));
  });
}

test("a service has the rights of its role, an Instance those of all that its certificate lists", async () => {
  const single = await call(await connect(node, "host"));
  assert.deepEqual([single.kind, single.name, single.roles], ["system", `id-1.${CLUSTER}`, ["Node"]]);
  const instance = { ...node, roles: ["Instance"], systemRoles: ["Node", "Proxy", "no-such-role"] };
  const union = await call(await connect(instance, "host"));
  assert.deepEqual(union.roles, ["Node", "Proxy"]);
  const proxy = await call(await connect({ ...node, roles: ["Proxy"] }, "host"));
  for (const [kind, verb] of [
    ["user", "read"],
    ["cluster_name", "read"],
    ["semaphore", "create"],
  ] as const) {
    const either = [single, proxy].some(({ permissions }) => permissions.check(kind, [verb]).allow);
    assert.equal(union.permissions.check(kind, [verb]).allow, either, `${kind} ${verb}`);
  }
});

test("threat 16: system roles beside another role than Instance add nothing", async () => {
  const caller = await call(await connect({ ...node, systemRoles: ["Admin", "Auth"] }, "host"));
  assert.deepEqual(caller.roles, ["Node"]);
  assert.equal(caller.permissions.check("user", ["delete"]).allow, false);
});

test("a service is locked by its host id, with or without the cluster", async () => {
  for (const ServerID of ["id-1", `id-1.${CLUSTER}`]) {
    await putLock({ ServerID });
    await assert.rejects(call(await connect(node, "host")), refusedAs("LOCKED"));
  }
});

const pins: [string, Partial<Identity>, Partial<Connection>, boolean][] = [
  ["from the pinned address", { pinnedIp: "192.0.2.7" }, {}, true],
  ["from another address", { pinnedIp: "192.0.2.8" }, {}, false],
  ["from an address that proves nothing", { pinnedIp: "192.0.2.7" }, { remotePort: 0 }, false],
  ["not pinned", {}, {}, true],
];
for (const [name, identity, parts, passes] of pins) {
  test(`threat 19: a certificate ${name} is ${passes ? "taken" : "refused"}`, async () => {
    const connection = await connect({ roles: ["dev"], ...identity }, "user", parts);
    if (passes) await call(connection);
    else await assert.rejects(call(connection), refusedAs("ACCESS_DENIED"));
  });
}

test("threat 19: a role that demands a pin is not met by a certificate without one", async () => {
  await putRole("dev", { PinSourceIP: true });
  await assert.rejects(call(await connect()), refusedAs("ACCESS_DENIED"));
  await call(await connect({ roles: ["dev"], pinnedIp: "192.0.2.7" }));
});

test("an authority that is no longer trusted takes its certificates with it", async () => {
  const connection = await connect();
  await call(connection);
  const stored = await authority.authorities.ensure("user");
  const fresh = await openAuthority(clock);
  stored.Spec!.ActiveKeys = (await fresh.authorities.ensure("user")).Spec!.ActiveKeys;
  await authority.authorities.of("user").upsert(stored);
  await assert.rejects(call(connection), refusedAs("UNAVAILABLE"));
});

async function openStream(connection: Connection, watchCaller: ReturnType<typeof createStreamWatch>) {
  const ended: AppError[] = [];
  const caller = await call(connection);
  const stop = watchCaller(caller, connection, (error) => ended.push(error));
  return { ended, stop };
}

const settle = async () => {
  clock.advance(50);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const streamWatch = (errors: unknown[] = []) =>
  createStreamWatch({ authenticate, epoch, clock, onError: (error) => errors.push(error) });

test("threat 18: a live stream is cut by a lock, and only that stream", async () => {
  await putUser("bob", ["dev"]);
  const watch = streamWatch();
  const alice = await openStream(await connect(), watch);
  const bob = await openStream(await connect({ username: "bob", roles: ["dev"] }), watch);
  await putLock({ User: "alice" });
  await settle();
  assert.deepEqual(
    alice.ended.map((error) => error.reason),
    ["LOCKED"],
  );
  assert.deepEqual(bob.ended, []);
});

test("threat 18: a live stream is cut when its user or role goes away, and when its certificate ends", async () => {
  const watch = streamWatch();
  const stream = await openStream(await connect(), watch);
  await roles.resources.delete("dev");
  await settle();
  assert.equal(stream.ended[0]?.reason, "CALLER_GONE");
  await putRole("dev");
  const second = await openStream(await connect(), watch);
  clock.advance(HOUR);
  const [end] = second.ended;
  assert.ok(isAppError(end, "UNAVAILABLE") && /expired; connect again/.test(end.message), String(end));
});

test("a stream that has ended is not looked at again", async () => {
  const watch = streamWatch();
  const stream = await openStream(await connect(), watch);
  stream.stop();
  await putLock({ User: "alice" });
  await settle();
  clock.advance(2 * HOUR);
  assert.deepEqual(stream.ended, []);
});

test("threat 18: what happens between the look at the caller and the start of the stream is not missed", async () => {
  const connection = await connect();
  const caller = await call(connection);
  await putLock({ User: "alice" });
  const ended: AppError[] = [];
  streamWatch()(caller, connection, (error) => ended.push(error));
  await settle();
  assert.equal(ended[0]?.reason, "LOCKED");
});

test("a look that fails is reported and ends its stream, and the others are looked at all the same", async () => {
  await putUser("bob", ["dev"]);
  const errors: unknown[] = [];
  const watch = streamWatch(errors);
  const bob = await openStream(await connect({ username: "bob", roles: ["dev"] }), watch);
  const alice = await openStream(await connect(), watch);
  const { get } = users;
  users.get = (name) => (name === "bob" ? Promise.reject(new Error("disk")) : get(name));
  await putLock({ User: "alice" });
  await settle();
  assert.equal(errors.length, 1);
  assert.deepEqual([bob.ended[0]?.reason, alice.ended[0]?.reason], ["INTERNAL", "LOCKED"]);
});
